#include "launcher/use/eval_rank.h"

#include <cmath>
#include <cstdio>

#include <ATen/ops/zeros.h>
#include <nlohmann/json.hpp>

#include "analysis/figure_text.h"
#include "checkpoint/agreement.h"
#include "core/storage/new_file.h"
#include "core/storage/staging.h"
#include "launcher/evaluation/comparison_report.h"
#include "launcher/evaluation/evaluation_json.h"
#include "launcher/evaluation/evaluation_text.h"
#include "launcher/pictures/evaluation_pictures.h"
#include "launcher/report/json_text.h"
#include "launcher/run/resume.h"
#include "launcher/setup/data_setup.h"
#include "launcher/use/split_scores.h"
#include "trainer/pass/grad_cam.h"
#include "trainer/task/make_task.h"

namespace lockstep {
namespace {

/// What is told of an evaluation.
struct Told {
  const EvalJob& job;
  AskedModels& asked;
  std::string pack_fingerprint;
  std::string split;
  std::int64_t evaluated;
  std::vector<MetricValue> metrics;
  EvaluationReport report;
  const ScoredSamples& samples;
  std::optional<ComparisonReport> comparison = {};
  const ScoredSamples* second = nullptr;  ///< of the comparison
  Decisions decisions = {};
};

std::vector<std::string> names_of(const AskedModels& asked) {
  std::vector<std::string> names;
  for (const TrainedModel& model : asked.all()) names.push_back(model.name);
  return names;
}

void print_table(const Told& told) {
  const TrainedModel& model = told.asked.first();
  std::string text = eval_line(model.checkpoint ? "checkpoint" : "weights",
                               fmt::format("{} ({})", model.name, model.reason)) +
                     eval_line(model.checkpoint ? "state digest" : "hash", model.digest) +
                     eval_line("precision", name_of(model.precision)) +
                     eval_line("split", fmt::format("{}, {} images", told.split, told.evaluated));
  const std::vector<std::string> names = names_of(told.asked);
  for (std::size_t i = 1; i < names.size(); ++i) {
    text += eval_line(i == 1 ? "in a mean with" : "", names[i]);
  }
  if (const std::string views = told.asked.augmentation_name(); !views.empty()) {
    text += eval_line("views", views);
  }
  for (const MetricValue& one : told.metrics) {
    if (is_obvious(one.metric.name, told.report.task.names.size())) continue;
    text += eval_line(one.metric.title,
                      figure_text(one.metric, one.value, told.report.figures.find(one.metric.name),
                                  told.report.bootstrap));
  }
  text += report_text(told.report, told.metrics);
  if (told.comparison) {
    text += comparison_text(*told.comparison, told.report.task,
                            {told.samples, *told.second, told.decisions}, told.report.bootstrap);
  }
  fmt::print("{}", text);
}

void print_json(const Told& told) {
  const TrainedModel& model = told.asked.first();
  nlohmann::json document = {{"reason", model.reason},
                             {"pack_fingerprint", told.pack_fingerprint},
                             {"split", told.split},
                             {"task", name_of(model.task->spec().kind)},
                             {"precision", name_of(model.precision)},
                             {"evaluated", told.evaluated}};
  if (model.checkpoint) {
    document["checkpoint"] = model.name;
    document["step"] = model.checkpoint->manifest.step;
    document["state_digest"] = model.digest;
    document["ema"] = told.job.asking.source.ema;
  } else {
    document["weights"] = model.name;
    document["hash"] = model.digest;
  }
  if (told.asked.all().size() > 1) document["ensemble"] = names_of(told.asked);
  if (const std::string views = told.asked.augmentation_name(); !views.empty()) {
    document["tta"] = views;
  }
  if (told.job.threshold) document["threshold"] = *told.job.threshold;
  for (const MetricValue& one : told.metrics) document[one.metric.name] = one.value;
  add_report(document, told.report, told.samples);
  if (told.comparison) {
    document["against"] =
        comparison_json(*told.comparison, told.report.task,
                        {told.samples, *told.second, told.decisions}, told.report.bootstrap);
  }
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

/// Whether the pack is that of the run, whose images are then as in training.
void check_pack(const EvalJob& job, const TrainedModel& model, const Pack& pack,
                RankContext& context) {
  const Config& config = model.config;
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
}

/// What judges the answers: with --threshold in the place of the model's own.
TaskSpec judge_of(const EvalJob& job, TaskSpec spec) {
  if (!job.threshold) return spec;
  check(*job.threshold > 0 && *job.threshold < 1, ExitCode::usage,
        "--threshold is {}; it is a probability above 0 and below 1", *job.threshold);
  check(spec.kind == TaskKind::multi_label ||
            (spec.kind == TaskKind::classification && spec.names.size() == 2),
        ExitCode::usage,
        "--threshold is for two classes or for several labels at once, and this is {} of {} {}",
        name_of(spec.kind), spec.names.size(), output_noun(spec.kind));
  if (spec.kind == TaskKind::multi_label) spec.thresholds.assign(spec.names.size(), *job.threshold);
  return spec;
}

Decisions decisions_of(const EvalJob& job, const TaskSpec& judge) {
  if (judge.kind == TaskKind::classification && job.threshold) return {{*job.threshold}};
  return {judge.thresholds};
}

/// Of two classes with a threshold the accuracy is another than that of the larger probability.
void take_accuracy(std::vector<MetricValue>& metrics, const MeasuredFigures& figures) {
  for (MetricValue& one : metrics) {
    const MeasuredFigure* figure = figures.find("accuracy");
    if (one.metric.name == "accuracy" && figure != nullptr) one.value = figure->value;
  }
}

/// The second model of --against, on the same samples.
struct Rival {
  std::string name;
  SplitScores scores;
};

std::optional<Rival> score_rival(const EvalJob& job, const Pack& pack, const TaskSpec& judge,
                                 const std::shared_ptr<const Dataset>& dataset,
                                 const SplitSamples& known, const TrainedModel& first,
                                 RankContext& context) {
  if (job.against.empty()) return std::nullopt;
  AskedModels rival({.source = further_source(job.asking.source, job.against),
                     .ensemble = {},
                     .augmentation = job.asking.augmentation},
                    context);
  TrainedModel& model = rival.first();
  check_alike(first, model);
  model.config.data.pack = pack.directory().string();
  check_labels(model, pack, model.config.data.pack);
  TaskSpec spec = model.task->spec();
  spec.thresholds = judge.thresholds;
  const std::unique_ptr<Task> task = make_task(spec);
  return Rival{model.name, score_split(rival, *task, dataset, pack, known, context, "evaluate")};
}

void write_changed(const EvalJob& job, const Told& told) {
  if (job.changed.empty()) return;
  const std::string table = comparison_table(*told.comparison, told.report.task,
                                             {told.samples, *told.second, told.decisions});
  write_beside(job.changed, [&](const std::filesystem::path& path) { write_file(path, table); });
}

/// Whether the pictures that are asked for can be drawn, before anything is evaluated.
void check_pictures(const EvalJob& job, AskedModels& asked, const Pack& pack) {
  if (job.pictures.empty()) return;
  check_has_images(pack);
  if (!job.saliency) return;
  TrainedModel& model = asked.first();
  check(asked.all().size() == 1 && !model.is_ensemble && !job.asking.augmentation.is_on(),
        ExitCode::usage,
        "--saliency shows where one network looks in one view: leave --ensemble, --snapshots and "
        "--tta out");
  const InputSpec& input = model.input;
  const at::Tensor image =
      at::zeros({1, input.channels, input.height, input.width}, model.device.device());
  check(has_feature_map(model.model->model(), image), ExitCode::usage,
        "--saliency needs a convolutional network, and {} makes no feature map of an image: leave "
        "it out",
        model.config.model.name);
}

std::vector<CaptionLine> facts_of(const Told& told, const Pack& pack) {
  std::vector<CaptionLine> facts;
  for (const TrainedModel& model : told.asked.all()) {
    const char* const first = told.comparison ? "first model" : "model";
    facts.push_back({facts.empty() ? first : "in a mean with",
                     fmt::format("{} ({})", model.name, model.reason)});
  }
  if (told.comparison) facts.push_back({"second model", told.comparison->name});
  if (const std::string views = told.asked.augmentation_name(); !views.empty()) {
    facts.push_back({"views", views});
  }
  facts.push_back({"images", fmt::format("{}, split '{}' of '{}' ({})", told.evaluated, told.split,
                                         pack.directory().string(), told.pack_fingerprint)});
  for (const MetricValue& one : told.metrics) {
    const std::string& name = one.metric.name;
    if (is_obvious(name, told.report.task.names.size())) continue;
    const BootstrapOptions& bootstrap = told.report.bootstrap;
    facts.push_back({one.metric.title, figure_text(one.metric, one.value,
                                                   told.report.figures.find(name), bootstrap)});
    const MeasuredFigure* const second =
        told.comparison ? told.comparison->second.find(name) : nullptr;
    if (second == nullptr) continue;
    facts.back().name += ", first model";
    facts.push_back({one.metric.title + ", second model",
                     figure_text(one.metric, second->value, second, bootstrap)});
  }
  return facts;
}

void draw(const Told& told, const Pack& pack, const std::shared_ptr<const Dataset>& dataset,
          RankContext& context) {
  if (told.job.pictures.empty()) return;
  context.phase = "drawing pictures";
  std::string title = fmt::format("What {} gets wrong", told.asked.first().name);
  if (told.comparison) title += fmt::format(", and what {} does", told.comparison->name);
  EvaluationPictures pictures{.title = std::move(title),
                              .facts = facts_of(told, pack),
                              .report = told.report,
                              .samples = told.samples,
                              .decisions = told.decisions,
                              .comparison = told.comparison ? &*told.comparison : nullptr,
                              .second = told.second};
  if (told.job.saliency) {
    const AskedPass pass = told.asked.passes(&pack).front();
    pictures.network = &pass.model;
    pictures.network_options = pass.options;
  }
  write_pictures(told.job.pictures, pictures, dataset, pack.channels());
}

}  // namespace

ExitCode run_eval_rank(const EvalJob& job, RankContext& context) {
  AskedModels asked(job.asking, context);
  Config& config = asked.first().config;
  if (!job.pack.empty()) config.data.pack = job.pack.string();
  const std::string split = job.split.empty() ? config.data.valid : job.split;
  check(!split.empty(), ExitCode::usage,
        "the run has no validation split: say which split to evaluate on, with --split NAME");
  check(!config.data.pack.empty(), ExitCode::usage,
        "say which pack to evaluate on, with --pack PACK");

  context.phase = "opening the pack";
  const Pack pack = open_labelled_pack(config.data.pack);
  for (TrainedModel& model : asked.all()) check_labels(model, pack, config.data.pack);
  check_pack(job, asked.first(), pack, context);
  check_pictures(job, asked, pack);
  const auto dataset = open_split(pack, split, config.data.classes, *context.log);
  const TaskSpec judge = judge_of(job, asked.first().task->spec());
  const bool is_rank_0 = context.communicator.rank() == 0;
  SplitSamples known;
  std::vector<SampleColumn> columns;
  do_together(context.communicator, [&] {
    if (!is_rank_0) return;
    known = read_split_samples(pack, split, config.data.classes);
    const std::vector<std::int64_t> labels = class_labels(*dataset);
    for (const std::string& name : job.by) {
      columns.push_back(sample_column(name, job.columns, known, judge, labels));
    }
  });

  context.phase = "evaluating";
  const std::unique_ptr<Task> task = make_task(judge);
  SplitScores scores = score_split(asked, *task, dataset, pack, known, context, "evaluate");
  const std::optional<Rival> rival =
      score_rival(job, pack, judge, dataset, known, asked.first(), context);
  if (!is_rank_0) return ExitCode::ok;

  context.phase = "measuring";
  const MeasureOptions options{decisions_of(job, judge), job.bootstrap};
  Told told{job,
            asked,
            pack.fingerprint(),
            split,
            scores.evaluation.sums.count,
            scores.evaluation.metrics,
            make_report(judge, scores.samples, options, columns),
            scores.samples};
  told.decisions = options.decisions;
  if (judge.kind == TaskKind::classification && job.threshold) {
    take_accuracy(told.metrics, told.report.figures);
  }
  if (rival) {
    told.comparison = compare(rival->name, judge, scores.samples, rival->scores.samples, options);
    told.second = &rival->scores.samples;
    write_changed(job, told);
  }
  draw(told, pack, dataset, context);
  (job.json ? print_json : print_table)(told);
  return ExitCode::ok;
}

}  // namespace lockstep
