#include "launcher/use/predict_samples.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/ranges.h>

#include "checkpoint/agreement.h"
#include "core/checked.h"
#include "core/error.h"
#include "sharding/format/pack_format.h"
#include "sharding/read/chosen_samples.h"
#include "sharding/read/hdf5_shard_reader.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

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

/// Collective. Its ids are paths.
PredictSamples open_pack_samples(const PredictInputs& inputs, RankContext& context) {
  check(inputs.paths.size() == 1, ExitCode::usage,
        "'{}' is a pack; it is predicted by itself, without other inputs", inputs.paths[0]);
  PredictSamples samples{.damaged = DamagedSamples::fatal};
  do_together(context.communicator, [&] {
    const Pack& pack = samples.pack.emplace(inputs.paths[0]);
    const SplitInfo& split = choose_split(pack, inputs.split);
    samples.split = split.name;
    samples.dataset = pack.split(split.name);
    // Before any thread is started: HDF5 works in a child process.
    if (context.communicator.rank() == 0) samples.ids = read_sources(inputs.paths[0], split);
  });
  return samples;
}

/// The parts of `text`, each of which a NUL ends.
std::vector<std::string> split_at_nuls(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\0', begin);
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// Collective. Its ids are paths.
PredictSamples open_file_samples(const PredictInputs& inputs, RankContext& context) {
  check(inputs.split.empty(), ExitCode::usage, "--split is for a pack, and '{}' is none",
        inputs.paths[0]);
  std::string list;  // id and path of each, which NUL ends
  PredictSamples samples;
  do_together(context.communicator, [&] {
    if (context.communicator.rank() != 0) return;
    std::vector<std::string> notes;
    for (ImageFiles::File& file : list_image_files(inputs.paths, notes, inputs.lists)) {
      list.append(file.id).push_back('\0');
      list.append(file.path.string()).push_back('\0');
      samples.ids.push_back(std::move(file.id));
    }
    for (const std::string& note : notes) context.log->warn(message("{}", note));
  });
  std::vector<std::string> parts =
      split_at_nuls(broadcast_text(context.communicator, std::move(list), 0));
  std::vector<ImageFiles::File> files;
  for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
    files.push_back({std::move(parts[i]), std::move(parts[i + 1])});
  }
  samples.dataset = std::make_shared<const ImageFiles>(std::move(files));
  return samples;
}

void warn_of_twins(const std::vector<std::string>& ids, spdlog::logger& log) {
  std::vector<std::string_view> sorted(ids.begin(), ids.end());
  std::ranges::sort(sorted);
  const auto twin = std::ranges::adjacent_find(sorted);
  if (twin == sorted.end()) return;
  log.warn(message("several inputs have the id '{}': their order tells them apart", *twin));
}

/// On rank 0: the rows of `sample`, and the images of those that have one.
std::vector<std::uint64_t> take_rows(const SampleSubmission& sample, std::optional<IdForm> form,
                                     PredictSamples& samples, spdlog::logger& log) {
  const MatchedRows matched = match_rows(sample, samples.ids, form);
  std::vector<std::uint64_t> images;
  for (std::size_t row = 0; row < matched.images.size(); ++row) {
    if (!matched.images[row]) continue;
    images.push_back(*matched.images[row]);
    samples.rows.push_back(row);
  }
  samples.ids = sample.ids;
  log.info("--like: {} of {} rows have an image, whose id is its {}", images.size(),
           sample.ids.size(), name_of(matched.form));
  if (matched.unused > 0) {
    log.warn("--like: {} image{} no row of the sample, and {} left out", matched.unused,
             matched.unused == 1 ? " has" : "s have", matched.unused == 1 ? "is" : "are");
  }
  return images;
}

/// Collective.
void order_samples(PredictSamples& samples, std::optional<IdForm> form,
                   const SampleSubmission* sample, RankContext& context) {
  std::string order;  // the images' numbers; empty: as they are
  do_together(context.communicator, [&] {
    if (context.communicator.rank() != 0) return;
    if (sample != nullptr && !sample->ids.empty()) {
      for (const std::uint64_t image : take_rows(*sample, form, samples, *context.log)) {
        order.append(std::to_string(image)).push_back('\0');
      }
      return;
    }
    for (std::string& id : samples.ids) id = id_of(id, form.value_or(IdForm::path));
    warn_of_twins(samples.ids, *context.log);
    samples.rows.resize(samples.ids.size());
    std::iota(samples.rows.begin(), samples.rows.end(), std::uint64_t{0});
  });
  order = broadcast_text(context.communicator, std::move(order), 0);
  if (order.empty()) return;
  std::vector<std::uint64_t> images;
  for (const std::string& number : split_at_nuls(order)) {
    images.push_back(parse_number<std::uint64_t>(number).value());
  }
  samples.dataset = choose_samples(std::move(samples.dataset), std::move(images));
}

}  // namespace

bool is_pack(const fs::path& path) {
  std::error_code error;
  return fs::exists(path / kPackManifest, error);
}

PredictSamples open_predict_samples(const PredictInputs& inputs, std::optional<IdForm> form,
                                    const SampleSubmission* sample, RankContext& context) {
  PredictSamples samples = is_pack(inputs.paths[0]) ? open_pack_samples(inputs, context)
                                                    : open_file_samples(inputs, context);
  order_samples(samples, form, sample, context);
  return samples;
}

}  // namespace lockstep
