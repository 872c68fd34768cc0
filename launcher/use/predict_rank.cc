#include "launcher/use/predict_rank.h"

#include <cstdio>
#include <memory>
#include <utility>

#include "checkpoint/agreement.h"
#include "core/storage/new_file.h"
#include "core/storage/staging.h"
#include "launcher/report/prediction_table.h"
#include "sharding/files/image_files.h"
#include "sharding/read/hdf5_shard_reader.h"
#include "sharding/read/pack.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// What is predicted, in the order of the rows.
struct Samples {
  std::shared_ptr<const Dataset> dataset = {};
  std::vector<std::string> ids = {};  ///< on rank 0 alone
  DamagedSamples damaged = DamagedSamples::told;
  std::optional<Pack> pack = {};  ///< that they are of; absent for files
};

bool is_pack(const fs::path& path) {
  std::error_code error;
  return fs::exists(path / kPackManifest, error);
}

const SplitInfo& choose_split(const Pack& pack, const std::string& wanted) {
  const std::vector<SplitInfo>& splits = pack.manifest().splits;
  if (wanted.empty() && splits.size() == 1) return splits[0];
  const std::string name = wanted.empty() ? "test" : wanted;
  const SplitInfo* split = pack.manifest().find(name);
  std::vector<std::string_view> names;
  for (const SplitInfo& one : splits) names.push_back(one.name);
  check(split != nullptr, ExitCode::usage,
        "the pack '{}' has no split '{}'; name one with --split: {}", pack.directory(), name,
        fmt::join(names, ", "));
  return *split;
}

/// Collective.
Samples open_pack_samples(const PredictJob& job, RankContext& context) {
  check(job.inputs.size() == 1, ExitCode::usage,
        "'{}' is a pack; it is predicted by itself, without other inputs", job.inputs[0]);
  Samples samples{.damaged = DamagedSamples::fatal};
  do_together(context.communicator, [&] {
    const Pack& pack = samples.pack.emplace(job.inputs[0]);
    const SplitInfo& split = choose_split(pack, job.split);
    samples.dataset = pack.split(split.name);
    // Before any thread is started: HDF5 works in a child process.
    if (context.communicator.rank() == 0) samples.ids = read_sources(job.inputs[0], split);
  });
  return samples;
}

/// Collective: rank 0 lists, so that all have the same list.
Samples open_file_samples(const PredictJob& job, RankContext& context) {
  check(job.split.empty(), ExitCode::usage, "--split is for a pack, and '{}' is none",
        job.inputs[0]);
  std::string list;  // id and path of each, which NUL ends
  Samples samples;
  do_together(context.communicator, [&] {
    if (context.communicator.rank() != 0) return;
    std::vector<std::string> notes;
    for (ImageFiles::File& file : list_image_files(job.inputs, notes)) {
      list.append(file.id).push_back('\0');
      list.append(file.path.string()).push_back('\0');
      samples.ids.push_back(std::move(file.id));
    }
    for (const std::string& note : notes) context.log->warn(message("{}", note));
    std::vector<std::string> sorted = samples.ids;
    std::ranges::sort(sorted);
    if (const auto twin = std::ranges::adjacent_find(sorted); twin != sorted.end()) {
      context.log->warn(
          message("several inputs have the id '{}': their order tells them apart", *twin));
    }
  });
  list = broadcast_text(context.communicator, std::move(list), 0);
  std::vector<ImageFiles::File> files;
  auto next = [&, begin = std::size_t{0}]() mutable {
    const std::size_t end = list.find('\0', begin);
    return list.substr(std::exchange(begin, end + 1), end - begin);
  };
  for (std::size_t left = static_cast<std::size_t>(std::ranges::count(list, '\0')); left > 0;
       left -= 2) {
    std::string id = next();
    files.push_back({std::move(id), next()});
  }
  samples.dataset = std::make_shared<const ImageFiles>(std::move(files));
  return samples;
}

using WriteText = std::function<void(std::string_view)>;

/// Lets `body` write the table: to stdout, or to a file that is there once it is whole.
void write_table(const fs::path& out, const std::function<void(const WriteText&)>& body) {
  if (out == "-") {
    return body([](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); });
  }
  write_beside(out, [&](const fs::path& beside) {
    NewFile file(beside);
    body([&](std::string_view text) { file.write(std::as_bytes(std::span(text))); });
    file.finish();
  });
}

}  // namespace

ExitCode run_predict_rank(const PredictJob& job, RankContext& context) {
  context.phase = "listing the images";
  const Samples samples =
      is_pack(job.inputs[0]) ? open_pack_samples(job, context) : open_file_samples(job, context);
  AskedModels asked(job.asking, context);
  const TrainedModel& model = asked.first();

  context.phase = "predicting";
  const PredictionTable table(model.task->spec(), job.probabilities);
  std::uint64_t unanswered = 0;
  const auto write_rows = [&](const WriteText& write) {
    const auto take = [&](const Predictions& part) {
      std::string rows;
      const float* answers = part.answers.const_data_ptr<float>();
      const auto width = static_cast<std::size_t>(part.answers.size(1));
      for (std::int64_t i = 0; i < part.answers.size(0); ++i) {
        const std::uint64_t number = part.first + static_cast<std::uint64_t>(i);
        const auto damage = part.damaged.find(number);
        const std::span<const float> row(answers + static_cast<std::size_t>(i) * width, width);
        const bool is_read = damage == part.damaged.end();
        unanswered += !is_read || !PredictionTable::is_answer(row);
        rows += table.row(samples.ids[number], row,
                          is_read ? std::string_view() : std::string_view(damage->second));
      }
      write(rows);
    };
    write(table.header());
    asked.answer(samples.dataset, samples.pack ? &*samples.pack : nullptr, samples.damaged, context,
                 "predict", take);
  };
  if (context.communicator.rank() != 0) {
    write_rows([](std::string_view) {});
    return ExitCode::ok;
  }
  write_table(job.out, write_rows);
  const std::uint64_t all = samples.dataset->size();
  context.log->info(message("{} row{} in '{}', by {} ({})", all, all == 1 ? "" : "s", job.out,
                            model.name, model.reason));
  if (unanswered == 0) return ExitCode::ok;
  context.log->warn("{} of {} images have no answer; their rows say why", unanswered, all);
  return unanswered == all ? ExitCode::data : ExitCode::ok;
}

}  // namespace lockstep
