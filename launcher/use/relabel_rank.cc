#include "launcher/use/relabel_rank.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <vector>

#include "checkpoint/agreement.h"
#include "core/file.h"
#include "launcher/answers/label_doubts.h"
#include "launcher/pictures/sample_pictures.h"
#include "launcher/setup/data_setup.h"
#include "launcher/use/doubt_pictures.h"
#include "sharding/read/hdf5_shard_reader.h"
#include "trainer/pass/prediction.h"

namespace lockstep {
namespace {

/// Of each class of the pack the model's output of that name.
using OutputOfClass = std::vector<std::optional<std::size_t>>;

/// The labels of a split, as outputs of the model; on rank 0 alone.
struct GivenLabels {
  std::vector<std::string> paths;
  std::vector<std::optional<std::size_t>> outputs;
  std::uint64_t unknown = 0;  ///< of classes that the model does not know

  std::uint64_t judged() const { return paths.size() - unknown; }
};

OutputOfClass match_classes(const TrainedModel& model, const Pack& pack) {
  const TaskSpec& task = model.task->spec();
  check(task.kind == TaskKind::classification, ExitCode::usage,
        "relabel is for classes, and '{}' has none: its task is {}", model.name,
        name_of(task.kind));
  check(pack.label_kind() == LabelKind::int64, ExitCode::usage,
        "relabel is for classes, and the pack '{}' has none: its labels are {}", pack.directory(),
        pack.label_kind() == LabelKind::uint8 ? "flags" : "numbers");
  check(model.outputs_are_named, ExitCode::usage,
        "'{}' does not say what its classes are called: name them with --classes", model.name);
  OutputOfClass outputs;
  for (const std::string& name : pack.classes()) {
    const auto found = std::ranges::find(task.names, name);
    outputs.push_back(found == task.names.end()
                          ? std::nullopt
                          : std::optional(static_cast<std::size_t>(found - task.names.begin())));
  }
  check(std::ranges::any_of(outputs, [](const auto& output) { return output.has_value(); }),
        ExitCode::usage, "the model '{}' knows no class of the pack '{}'", model.name,
        pack.directory());
  return outputs;
}

GivenLabels read_labels(const Pack& pack, const std::string& split, const OutputOfClass& outputs) {
  GivenLabels labels;
  labels.paths = read_sources(pack.directory(), *pack.manifest().find(split));
  pack.split(split)->visit_labels([&](std::uint64_t, const SampleLabel& label) {
    labels.outputs.push_back(outputs[static_cast<std::size_t>(label.number)]);
    labels.unknown += !labels.outputs.back();
  });
  return labels;
}

void warn_of_training_split(const Config& config, const std::string& split, spdlog::logger& log) {
  if (std::ranges::find(config.data.train, split) == config.data.train.end()) return;
  log.warn(
      message("the model was trained on the split '{}', wrong labels included: it has learned some "
              "of them by heart, and doubts fewer than there are. Train on the other images, and "
              "relabel those that were left out",
              split));
}

void write_doubts(const RelabelJob& job, const std::vector<LabelDoubt>& doubts,
                  const GivenLabels& labels, const TrainedModel& model, spdlog::logger& log) {
  const std::string text = doubts_to_csv(doubts, labels.paths, model.task->spec().names);
  if (job.out == "-") {
    std::fwrite(text.data(), 1, text.size(), stdout);
  } else {
    replace_file(job.out, text);
  }
  if (labels.unknown > 0) {
    log.warn("{} images are of classes that the model does not know, and are left out",
             labels.unknown);
  }
  log.info(message("{} of {} labels are doubtful ('{}'), by {} ({})", doubts.size(),
                   labels.judged(), job.out, model.name, model.reason));
}

void draw_doubts(const RelabelJob& job, const std::vector<LabelDoubt>& doubts,
                 const GivenLabels& labels, const TrainedModel& model, const Pack& pack,
                 const std::string& split) {
  const std::uint64_t all = labels.judged();
  const std::vector<CaptionLine> facts = {
      {"model", fmt::format("{} ({})", model.name, model.reason)},
      {"images", fmt::format("{}, split '{}' of '{}' ({})", all, split, pack.directory().string(),
                             pack.fingerprint())},
      {"doubtful", fmt::format("{} of {} labels", doubts.size(), all)}};
  write_doubt_pictures(job.pictures, {facts, doubts, labels.paths, model.task->spec().names},
                       *pack.split(split), pack.channels());
}

}  // namespace

ExitCode run_relabel_rank(const RelabelJob& job, RankContext& context) {
  const TrainedModel model = load_trained_model(job.source, context);
  const std::string directory = job.pack.empty() ? model.config.data.pack : job.pack.string();
  const std::string split = job.split.empty() ? model.config.data.valid : job.split;
  check(!directory.empty(), ExitCode::usage, "say whose labels to look at, with --pack PACK");
  check(!split.empty(), ExitCode::usage,
        "the run has no validation split: say which split to look at, with --split NAME");

  context.phase = "opening the pack";
  const Pack pack = open_labelled_pack(directory);
  if (!job.pictures.empty()) check_has_images(pack);
  const auto samples = pack.split(split);
  const OutputOfClass outputs = match_classes(model, pack);
  const bool is_first = context.communicator.rank() == 0;
  GivenLabels labels;
  do_together(context.communicator, [&] {
    if (is_first) labels = read_labels(pack, split, outputs);
  });
  warn_of_training_split(model.config, split, *context.log);

  context.phase = "predicting";
  LabelDoubts doubts(model.task->spec().names.size());
  const auto take = [&](const Predictions& part) {
    const float* answers = part.answers.const_data_ptr<float>();
    const auto width = static_cast<std::size_t>(part.answers.size(1));
    for (std::int64_t i = 0; i < part.answers.size(0); ++i) {
      const std::uint64_t id = part.first + static_cast<std::uint64_t>(i);
      if (!labels.outputs[id]) continue;
      doubts.add(id, *labels.outputs[id], {answers + static_cast<std::size_t>(i) * width, width});
    }
  };
  predict(model.model->model(), *model.task, samples, model.pass_options(job.source.batch, &pack),
          DamagedSamples::fatal, context.communicator, context.progress_of("relabel"), take);
  if (!is_first) return ExitCode::ok;
  const std::vector<LabelDoubt> found = doubts.find(job.least);
  write_doubts(job, found, labels, model, *context.log);
  if (job.pictures.empty()) return ExitCode::ok;
  context.phase = "drawing pictures";
  draw_doubts(job, found, labels, model, pack, split);
  return ExitCode::ok;
}

}  // namespace lockstep
