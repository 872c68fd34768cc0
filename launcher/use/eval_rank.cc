#include "launcher/use/eval_rank.h"

#include <cstdio>

#include <nlohmann/json.hpp>

#include "launcher/report/json_text.h"
#include "launcher/run/resume.h"
#include "launcher/setup/data_setup.h"
#include "trainer/pass/evaluation.h"
#include "trainer/task/make_task.h"

namespace lockstep {
namespace {

/// What is told of an evaluation.
struct EvalReport {
  const TrainedModel& model;
  std::string pack_fingerprint;
  std::string split;
  std::int64_t evaluated;
  std::vector<MetricValue> metrics;
  bool of_average;  ///< of the weights
};

void print_table(const EvalReport& report) {
  const TrainedModel& model = report.model;
  const auto line = [](std::string_view name, const std::string& text) {
    fmt::print("{:<24}  {}\n", name, printable(text));
  };
  line(model.checkpoint ? "checkpoint" : "weights",
       fmt::format("{} ({})", model.name, model.reason));
  line(model.checkpoint ? "state digest" : "hash", model.digest);
  line("precision", std::string(name_of(model.precision)));
  line("split", fmt::format("{}, {} images", report.split, report.evaluated));
  for (const MetricValue& one : report.metrics) {
    line(one.metric.title, one.metric.text_of(one.value));
  }
}

void print_json(const EvalReport& report) {
  const TrainedModel& model = report.model;
  nlohmann::json document = {{"reason", model.reason},
                             {"pack_fingerprint", report.pack_fingerprint},
                             {"split", report.split},
                             {"task", name_of(model.task->spec().kind)},
                             {"precision", name_of(model.precision)},
                             {"evaluated", report.evaluated}};
  if (model.checkpoint) {
    document["checkpoint"] = model.name;
    document["step"] = model.checkpoint->manifest.step;
    document["state_digest"] = model.digest;
    document["ema"] = report.of_average;
  } else {
    document["weights"] = model.name;
    document["hash"] = model.digest;
  }
  for (const MetricValue& one : report.metrics) document[one.metric.name] = one.value;
  fmt::print("{}", json_text(document));
}

/// The model's outputs are what the pack's labels mean, or the classes that it was trained on.
void check_labels(TrainedModel& model, const Pack& pack, const std::string& directory) {
  const TaskSpec labels = task_of_labels(pack, model.config.data.classes);
  if (!model.outputs_are_named && labels.kind == TaskKind::classification) {
    check(labels.names.size() == model.task->spec().names.size(), ExitCode::usage,
          "the weights '{}' have {} outputs, and pack '{}' has {} classes", model.name,
          model.task->spec().names.size(), directory, labels.names.size());
    model.task = make_task(labels);  // in the same order
  }
  check_same_labels(model.task->spec(), labels, directory);
}

/// The split, without the samples of classes that the model was not to tell apart.
std::shared_ptr<const Dataset> open_split(const Pack& pack, const std::string& split,
                                          const std::vector<std::string>& classes,
                                          spdlog::logger& log) {
  auto samples = open_samples(pack, {split}, classes);
  const std::uint64_t all = pack.split(split)->size();
  if (samples->size() < all) {
    log.info(
        message("{} of the {} samples of split '{}' are of classes that the model was not "
                "trained on (data.classes), and are left out",
                all - samples->size(), all, split));
  }
  return samples;
}

}  // namespace

ExitCode run_eval_rank(const EvalJob& job, RankContext& context) {
  TrainedModel model = load_trained_model(job.source, context);
  Config& config = model.config;
  if (!job.pack.empty()) config.data.pack = job.pack.string();
  const std::string split = job.split.empty() ? config.data.valid : job.split;
  check(!split.empty(), ExitCode::usage,
        "the run has no validation split: say which split to evaluate on, with --split NAME");
  check(!config.data.pack.empty(), ExitCode::usage,
        "say which pack to evaluate on, with --pack PACK");

  context.phase = "opening the pack";
  const Pack pack = open_labelled_pack(config.data.pack);
  check_labels(model, pack, config.data.pack);
  const bool is_runs_pack =
      model.checkpoint && pack.fingerprint() == model.checkpoint->manifest.pack_fingerprint;
  if (model.checkpoint && !is_runs_pack && job.pack.empty()) {
    context.log->warn(
        message("pack '{}' (fingerprint {}) is not the one that the run was trained "
                "on ({}): its images may be others",
                config.data.pack, pack.fingerprint(), model.checkpoint->manifest.pack_fingerprint));
  }
  if (is_runs_pack) {
    check_input(
        *model.checkpoint, model.input,
        input_spec(config, pack, *open_samples(pack, config.data.train, config.data.classes)));
  }

  context.phase = "evaluating";
  const auto samples = open_split(pack, split, config.data.classes, *context.log);
  const Evaluation result =
      evaluate(model.model->model(), *model.task, samples,
               model.pass_options(job.source.batch, &pack), context.communicator,
               {.progress = context.progress_of("evaluate")})
          .value();  // nothing asks it to stop
  if (context.communicator.rank() == 0) {
    const EvalReport report{model,          pack.fingerprint(), split, result.sums.count,
                            result.metrics, job.source.ema};
    (job.json ? print_json : print_table)(report);
  }
  return ExitCode::ok;
}

}  // namespace lockstep
