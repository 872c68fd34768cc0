#include "launcher/use/predict_rank.h"

#include <cstdio>
#include <functional>
#include <map>
#include <ranges>
#include <span>
#include <utility>

#include <fmt/ranges.h>

#include "checkpoint/agreement.h"
#include "core/storage/new_file.h"
#include "core/storage/staging.h"
#include "launcher/answers/prediction_table.h"
#include "launcher/answers/provenance.h"
#include "launcher/rank/version.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using WriteText = std::function<void(std::string_view)>;

constexpr std::uint64_t kToldErrors = 10;

/// Lets `body` write the table: to stdout, or to a file that is there once it is whole. Returns
/// what was written.
FileDigest write_table(const fs::path& out, const std::function<void(const WriteText&)>& body) {
  std::uint64_t bytes = 0;
  Hasher hasher;
  const auto count = [&](std::string_view text) {
    bytes += text.size();
    hasher.update(text);
    return std::as_bytes(std::span(text));
  };
  if (out == "-") {
    body([&](std::string_view text) { std::fwrite(count(text).data(), 1, text.size(), stdout); });
  } else {
    write_beside(out, [&](const fs::path& beside) {
      NewFile file(beside);
      body([&](std::string_view text) { file.write(count(text)); });
      file.finish();
    });
  }
  return {bytes, hasher.hex()};
}

ModelOrigin origin_of(const TrainedModel& model, const fs::path& out) {
  ModelOrigin origin{.path = from_table(model.name, out),
                     .kind = !model.checkpoint   ? "weights"
                             : model.is_ensemble ? "checkpoints"
                                                 : "checkpoint",
                     .digest = model.digest};
  if (!model.checkpoint) return origin;
  origin.step = model.checkpoint->manifest.step;
  origin.pack = from_table(model.config.data.pack, out);
  origin.pack_fingerprint = model.checkpoint->manifest.pack_fingerprint;
  return origin;
}

/// What decided the table beside the model and the images.
std::map<std::string, std::string> options_of(const PredictJob& job, AskedModels& asked) {
  const TrainedModel& model = asked.first();
  const int batch =
      job.asking.source.batch > 0 ? job.asking.source.batch : model.config.train.batch;
  std::map<std::string, std::string> options = {
      {"format", std::string(name_of(job.form.format_of(job.out)))},
      {"batch", std::to_string(batch)},
      {"precision", std::string(name_of(model.precision))},
      {"device", model.device.device().is_cuda() ? "cuda" : "cpu"}};
  const auto add = [&](const char* name, bool given, std::string value) {
    if (given) options.emplace(name, std::move(value));
  };
  const TableForm& form = job.form;
  add("columns", !form.columns.empty(), fmt::format("{}", fmt::join(form.columns, ",")));
  add("probabilities", form.probabilities, "true");
  add("top", form.top > 0, std::to_string(form.top));
  add("separator", form.separator != TableForm().separator, form.separator);
  add("id", form.id.has_value(), form.id ? std::string(name_of(*form.id)) : "");
  add("like", !form.like.empty(), from_table(form.like, job.out).string());
  const ModelSource& source = job.asking.source;
  const PathListOptions& lists = job.inputs.lists;
  add("path_column", !lists.path_column.empty(), lists.path_column);
  add("path_prefix", !lists.prefix.empty(), lists.prefix);
  add("path_suffix", !lists.suffix.empty(), lists.suffix);
  add("model", !model.checkpoint, model.config.model.name);
  add("image_size", !model.checkpoint, std::to_string(model.input.height));
  add("crop", !model.checkpoint, fmt::format("{}", model.config.data.augment.eval_crop));
  add("mean", !model.checkpoint, fmt::format("{}", fmt::join(model.input.mean, ",")));
  add("std", !model.checkpoint, fmt::format("{}", fmt::join(model.input.std, ",")));
  add("classes", !source.classes.empty(), from_table(source.classes, job.out).string());
  add("tta", job.asking.augmentation.is_on(), asked.augmentation_name());
  add("ema", source.ema, "true");
  add("snapshots", source.snapshots > 0, std::to_string(source.snapshots));
  return options;
}

/// Makes the rows of the answers as they come, on rank 0.
class RowWriter {
 public:
  RowWriter(const PredictionTable& table, const PredictSamples& samples, bool strict,
            spdlog::logger& log, WriteText write)
      : table_(table),
        samples_(samples),
        tells_(strict || !table.tells_errors()),
        log_(log),
        write_(std::move(write)) {
    write_(table_.header());
  }

  void take(const Predictions& part) {
    std::string text;
    const float* answers = part.answers.const_data_ptr<float>();
    const auto width = static_cast<std::size_t>(part.answers.size(1));
    for (std::int64_t i = 0; i < part.answers.size(0); ++i) {
      const std::uint64_t number = part.first + static_cast<std::uint64_t>(i);
      const auto damage = part.damaged.find(number);
      const std::span<const float> row(answers + static_cast<std::size_t>(i) * width, width);
      text += fill_until(samples_.rows[number]);
      text += row_of(row, damage == part.damaged.end() ? std::string() : damage->second);
    }
    write_(text);
  }

  /// Behind the last answer.
  void finish() { write_(fill_until(samples_.ids.size())); }

  std::uint64_t unanswered() const { return unanswered_; }

 private:
  std::string row_of(std::span<const float> answers, std::string error) {
    if (error.empty() && !PredictionTable::is_answer(answers)) {
      error = "the network's output is not finite";
    }
    const std::uint64_t row = next_++;
    if (!error.empty()) count(samples_.ids[row], error);
    return !error.empty() && table_.has_sample_rows()
               ? table_.sample_row(row)
               : table_.row(samples_.ids[row], answers, error);
  }

  /// The rows before `end` that no image is of.
  std::string fill_until(std::uint64_t end) {
    std::string text;
    for (; next_ < end; ++next_) {
      count(samples_.ids[next_], "no such image");
      text += table_.sample_row(next_);
    }
    return text;
  }

  void count(const std::string& id, const std::string& error) {
    if (++unanswered_ <= kToldErrors && tells_) log_.warn(message("'{}': {}", id, error));
  }

  const PredictionTable& table_;
  const PredictSamples& samples_;
  bool tells_;  ///< in the log what is wrong with the first images
  spdlog::logger& log_;
  WriteText write_;
  std::uint64_t next_ = 0;  ///< row
  std::uint64_t unanswered_ = 0;
};

/// Collective: what rank 0 needs to make rows. Empty on the others.
struct TableParts {
  std::optional<SampleSubmission> sample;
  std::optional<PredictionTable> table;
};

void read_sample(const PredictJob& job, TableParts& parts, RankContext& context) {
  do_together(context.communicator, [&] {
    if (context.communicator.rank() != 0 || job.form.like.empty()) return;
    parts.sample.emplace(read_sample_submission(job.form.like));
  });
}

void make_table(const PredictJob& job, const TaskSpec& task, TableParts& parts,
                RankContext& context) {
  do_together(context.communicator, [&] {
    if (context.communicator.rank() != 0) return;
    parts.table.emplace(task, job.form, job.form.format_of(job.out),
                        parts.sample ? &*parts.sample : nullptr);
  });
}

ExitCode tell_result(const PredictJob& job, const TrainedModel& model, std::uint64_t rows,
                     std::uint64_t unanswered, const char* where, spdlog::logger& log) {
  log.info(message("{} row{} in '{}', by {} ({})", rows, rows == 1 ? "" : "s", job.out, model.name,
                   model.reason));
  if (unanswered == 0) return ExitCode::ok;
  log.warn("{} of {} images have no answer; {}", unanswered, rows, where);
  return unanswered == rows ? ExitCode::data : ExitCode::ok;
}

}  // namespace

ExitCode run_predict_rank(const PredictJob& job, RankContext& context) {
  context.phase = "listing the images";
  TableParts parts;
  read_sample(job, parts, context);
  const PredictSamples samples = open_predict_samples(
      job.inputs, job.form.id, parts.sample ? &*parts.sample : nullptr, context);
  AskedModels asked(job.asking, context);
  const TrainedModel& model = asked.first();
  make_table(job, model.task->spec(), parts, context);

  context.phase = "predicting";
  const Pack* const pack = samples.pack ? &*samples.pack : nullptr;
  const auto predict_all = [&](const std::function<void(const Predictions&)>& take) {
    asked.answer(samples.dataset, pack, samples.damaged, context, "predict", take);
  };
  if (context.communicator.rank() != 0) {
    predict_all({});
    return ExitCode::ok;
  }
  std::uint64_t unanswered = 0;
  const FileDigest written = write_table(job.out, [&](const WriteText& write) {
    RowWriter rows(*parts.table, samples, job.strict, *context.log, write);
    predict_all([&](const Predictions& part) { rows.take(part); });
    rows.finish();
    unanswered = rows.unanswered();
    check(!job.strict || unanswered == 0, ExitCode::data,
          "--strict: {} of {} images have no answer, so no table was written", unanswered,
          samples.ids.size());
  });
  if (job.out != "-") {
    Provenance origin{.table = written,
                      .rows = samples.ids.size(),
                      .unanswered = unanswered,
                      .version = kVersion,
                      .options = options_of(job, asked),
                      .model = origin_of(model, job.out)};
    for (const TrainedModel& further : asked.all() | std::views::drop(1)) {
      origin.ensemble.push_back(origin_of(further, job.out));
    }
    origin.images.inputs = job.inputs.paths;
    if (samples.pack) {
      origin.images.pack = from_table(samples.pack->directory(), job.out);
      origin.images.fingerprint = samples.pack->fingerprint();
      origin.images.split = samples.split;
    }
    write_provenance(origin, job.out);
  }
  const char* const where = parts.table->has_sample_rows() ? "their rows are those of the sample"
                            : parts.table->tells_errors()  ? "their rows say why"
                                                           : "their rows are empty";
  return tell_result(job, model, samples.ids.size(), unanswered, where, *context.log);
}

}  // namespace lockstep
