#include "launcher/evaluation/evaluation_json.h"

namespace lockstep {
namespace {

using Json = nlohmann::json;

/// The pairs that are told.
constexpr std::size_t kPairs = 100;

Json outputs_json(const EvaluationReport& report) {
  Json outputs = Json::array();
  for (std::size_t k = 0; k < report.figures.each.size(); ++k) {
    Json one = {{"name", report.task.names[k]}};
    if (!report.found.empty()) {
      one["support"] = report.found[k].support;
      one["predicted"] = report.found[k].predicted;
    }
    add_figures(one, report.figures.each[k], report.bootstrap);
    outputs.push_back(std::move(one));
  }
  return outputs;
}

Json confusion_json(const Confusion& confusion) {
  Json rows = Json::array();
  for (std::size_t truth = 0; truth < confusion.classes; ++truth) {
    Json row = Json::array();
    for (std::size_t k = 0; k < confusion.classes; ++k) row.push_back(confusion.of(truth, k));
    rows.push_back(std::move(row));
  }
  return rows;
}

Json confused_json(const EvaluationReport& report) {
  Json pairs = Json::array();
  for (const ConfusedPair& pair : most_confused(*report.confusion, kPairs)) {
    pairs.push_back({{"truth", report.task.names[pair.truth]},
                     {"prediction", report.task.names[pair.prediction]},
                     {"count", pair.count}});
  }
  return pairs;
}

Json calibration_json(const EvaluationReport& report) {
  Json bins = Json::array();
  for (const CalibrationBin& bin : report.calibration->bins) {
    bins.push_back({{"low", bin.low},
                    {"high", bin.high},
                    {"count", bin.count},
                    {"probability", bin.probability},
                    {"frequency", bin.frequency}});
  }
  return {{"expected_error", report.calibration->expected_error},
          {"largest_error", report.calibration->largest_error},
          {"bins", std::move(bins)},
          {"temperature", report.temperature->value},
          {"log_loss", report.temperature->loss_before},
          {"log_loss_at_temperature", report.temperature->loss_after}};
}

/// Errors by range, and all predictions against their truths.
void add_numbers(Json& numbers, const EvaluationReport& report, const ScoredSamples& samples) {
  for (std::size_t k = 0; k < report.ranges.size(); ++k) {
    Json ranges = Json::array();
    for (const RangeErrors& range : report.ranges[k]) {
      ranges.push_back({{"low", range.low},
                        {"high", range.high},
                        {"count", range.count},
                        {"mae", range.errors.mean_absolute},
                        {"rmse", range.errors.root_mean_square},
                        {"bias", range.errors.bias}});
    }
    Json truths = Json::array(), predictions = Json::array();
    for (std::size_t i = 0; i < samples.size(); ++i) {
      truths.push_back(samples.targets_of(i)[k]);
      predictions.push_back(samples.outputs_of(i)[k]);
    }
    numbers[k]["ranges"] = std::move(ranges);
    numbers[k]["truths"] = std::move(truths);
    numbers[k]["predictions"] = std::move(predictions);
  }
}

Json breakdowns_json(const EvaluationReport& report) {
  Json breakdowns = Json::object();
  for (const Breakdown& breakdown : report.breakdowns) {
    Json groups = Json::array();
    for (const GroupFigures& group : breakdown.groups) {
      Json one = {{"group", group.name}, {"count", group.count}};
      add_figures(one, group.figures.all, report.bootstrap);
      groups.push_back(std::move(one));
    }
    breakdowns[breakdown.column] = std::move(groups);
  }
  return breakdowns;
}

}  // namespace

void add_figures(Json& json, const std::vector<MeasuredFigure>& figures,
                 const BootstrapOptions& bootstrap) {
  for (const MeasuredFigure& figure : figures) {
    if (!json.contains(figure.name)) json[figure.name] = figure.value;
    if (bootstrap.resamples == 0) continue;
    json["intervals"][figure.name] = {figure.interval.low, figure.interval.high};
  }
}

void add_report(Json& json, const EvaluationReport& report, const ScoredSamples& samples) {
  add_figures(json, report.figures.all, report.bootstrap);
  json["bootstrap"] = {{"resamples", report.bootstrap.resamples},
                       {"seed", report.bootstrap.seed},
                       {"level", report.bootstrap.level}};
  const std::string outputs(output_noun(report.task.kind));
  json[outputs] = outputs_json(report);
  add_numbers(json[outputs], report, samples);
  if (report.confusion) {
    json["confusion_matrix"] = confusion_json(*report.confusion);
    json["confused"] = confused_json(report);
  }
  if (report.calibration) json["calibration"] = calibration_json(report);
  if (!report.breakdowns.empty()) json["by"] = breakdowns_json(report);
}

}  // namespace lockstep
