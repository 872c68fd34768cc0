#include "launcher/run/eval_rank.h"

#include <cstdio>
#include <optional>

#include <nlohmann/json.hpp>

#include "checkpoint/selection.h"
#include "launcher/config/config_yaml.h"
#include "launcher/rank/rank_device.h"
#include "launcher/report/json_text.h"
#include "launcher/run/data_setup.h"
#include "launcher/run/resume.h"
#include "models/make_model.h"
#include "trainer/evaluation.h"
#include "trainer/lane/flat_model.h"
#include "trainer/lane/numerics.h"
#include "trainer/task/make_task.h"
#include "trainer/tensor_io.h"
#include "trainer/training_state.h"

namespace lockstep {
namespace {

/// What is told of an evaluation.
struct EvalReport {
  const ChosenCheckpoint& chosen;
  std::string split;
  TaskKind task;
  Precision precision;
  std::int64_t evaluated;
  std::vector<MetricValue> metrics;
};

void print_table(const EvalReport& report) {
  const LoadedCheckpoint& checkpoint = report.chosen.checkpoint;
  const auto line = [](std::string_view name, const std::string& text) {
    fmt::print("{:<24}  {}\n", name, printable(text));
  };
  line("checkpoint", fmt::format("{} ({})", checkpoint.directory.string(), report.chosen.reason));
  line("state digest", checkpoint.manifest.state_digest);
  line("precision", std::string(name_of(report.precision)));
  line("split", fmt::format("{}, {} images", report.split, report.evaluated));
  for (const MetricValue& one : report.metrics) {
    line(one.metric.title, one.metric.text_of(one.value));
  }
}

void print_json(const EvalReport& report) {
  const LoadedCheckpoint& checkpoint = report.chosen.checkpoint;
  nlohmann::json document = {{"checkpoint", checkpoint.directory.string()},
                             {"reason", report.chosen.reason},
                             {"step", checkpoint.manifest.step},
                             {"state_digest", checkpoint.manifest.state_digest},
                             {"split", report.split},
                             {"task", name_of(report.task)},
                             {"precision", name_of(report.precision)},
                             {"evaluated", report.evaluated}};
  for (const MetricValue& one : report.metrics) document[one.metric.name] = one.value;
  fmt::print("{}", json_text(document));
}

/// The trained model of a checkpoint, on the device.
std::unique_ptr<FlatModel> load_model(const LoadedCheckpoint& checkpoint, const Config& config,
                                      const TrainingState& state, const Task& task,
                                      at::Device device) {
  auto model = std::make_unique<FlatModel>(
      make_model(config.model, model_shape(state.input, state.task), config.run.seed), device,
      task.tail().elements());
  restore_model(checkpoint, *model);
  return model;
}

/// Progress in batches, wherever it is shown.
BatchPassHooks hooks_for(RankContext& context) {
  return {.progress = [&context](std::uint64_t done, std::uint64_t total) {
    ProgressEvent progress{.phase = "evaluate"};
    progress.step = static_cast<std::int64_t>(done);
    progress.steps = static_cast<std::int64_t>(total);
    context.progress(progress);
  }};
}

}  // namespace

ExitCode run_eval_rank(const EvalJob& job, RankContext& context) {
  context.phase = "reading the checkpoint";
  const ChosenCheckpoint chosen =
      choose_checkpoint(context.communicator, job.target, check_training_state);
  const LoadedCheckpoint& checkpoint = chosen.checkpoint;
  Config config = parse_config(checkpoint.manifest.config, "the checkpoint's config");
  if (!job.pack.empty()) config.data.pack = job.pack.string();
  if (!job.device.empty()) config.train.device = job.device;
  const std::string split = job.split.empty() ? config.data.valid : job.split;
  check(!split.empty(), ExitCode::usage,
        "the run has no validation split: say which split to evaluate on, with --split NAME");

  make_deterministic(std::max(config.train.threads, 1));
  const RankDevice device(config.train.device, context.communicator);
  const Pack pack = open_labelled_pack(config.data.pack);
  const TrainingState state = read_training_state(checkpoint);
  check_same_labels(state.task, task_of_labels(pack), config.data.pack);
  if (pack.fingerprint() == checkpoint.manifest.pack_fingerprint) {
    check_input(checkpoint, state.input, input_spec(config, pack, *pack.split(config.data.train)));
  }
  const std::unique_ptr<Task> task = make_task(state.task);
  const std::unique_ptr<FlatModel> model =
      load_model(checkpoint, config, state, *task, device.device());

  const Precision precision = resolve_precision(job.precision.value_or(config.train.precision),
                                                device.device(), device.has_bf16());
  const std::string slow = slow_precision(precision, device.device(), cpu_computes_in_bf16());
  if (!slow.empty()) context.log->warn("{}: --precision fp32 evaluates in float32", slow);

  context.phase = "evaluating";
  const BatchPassOptions options{.loader = loader_options(config, state.input, device.cores()),
                                 .batch = job.batch > 0 ? job.batch : config.train.batch,
                                 .precision = precision,
                                 .device = device.device()};
  const TaskSums sums = evaluate(model->model(), *task, pack.split(split), options,
                                 context.communicator, hooks_for(context))
                            .value();  // nothing asks it to stop
  if (context.communicator.rank() == 0) {
    const EvalReport report{chosen,    split,      state.task.kind,
                            precision, sums.count, task->metric_values(sums)};
    (job.json ? print_json : print_table)(report);
  }
  return ExitCode::ok;
}

}  // namespace lockstep
