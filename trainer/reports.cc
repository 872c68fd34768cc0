#include "trainer/reports.h"

namespace lockstep {
namespace {

void add_timing(nlohmann::json& line, const Timing& timing) {
  line["seconds"] = timing.total;
  line["data_wait_seconds"] = timing.data_wait;
  line["communication_seconds"] = timing.communication;
  line["images_per_second"] = timing.images_per_second();
}

void add_metrics(nlohmann::json& line, const std::string& prefix,
                 const std::vector<MetricValue>& metrics) {
  for (const MetricValue& one : metrics) line[prefix + one.metric.name] = one.value;
}

}  // namespace

double Timing::images_per_second() const {
  return total > 0 ? static_cast<double>(images) / total : 0;
}

nlohmann::json to_metrics_line(const StepReport& report) {
  nlohmann::json line = {{"kind", "step"},
                         {"step", report.step},
                         {"epoch", report.epoch},
                         {"lr", report.learning_rate}};
  add_metrics(line, "", report.metrics);
  add_timing(line, report.timing);
  return line;
}

std::vector<MetricValue> generalisation_gap(const EpochReport& report) {
  if (!report.train_eval || !report.valid) return {};
  std::vector<MetricValue> gaps;
  for (const auto& [metric, value] : report.train_eval->metrics) {
    gaps.push_back({metric, find_metric(report.valid->metrics, metric.name)->value - value});
  }
  return gaps;
}

nlohmann::json to_metrics_line(const EpochReport& report) {
  nlohmann::json line = {{"kind", "epoch"},
                         {"step", report.step},
                         {"epoch", report.epoch},
                         {"lr", report.learning_rate},
                         {"evaluation_seconds", report.evaluation_seconds}};
  add_metrics(line, "train/", report.train);
  add_timing(line, report.timing);
  if (report.train_eval) {
    add_metrics(line, "train_eval/", report.train_eval->metrics);
    line["train_eval/count"] = report.train_eval->count;
  }
  if (report.valid) {
    add_metrics(line, "valid/", report.valid->metrics);
    line["valid/count"] = report.valid->count;
  }
  for (const MetricValue& gap : generalisation_gap(report)) {
    line["gap/" + gap.metric.name] = gap.value;
  }
  if (report.valid_ema) add_metrics(line, "valid_ema/", report.valid_ema->metrics);
  return line;
}

std::vector<EpochMetric> epoch_metrics(const EpochReport& report) {
  std::vector<EpochMetric> metrics;
  const auto add = [&](const char* prefix, const std::vector<MetricValue>& values) {
    for (const auto& [metric, value] : values) {
      metrics.push_back({prefix + metric.name, value, metric.better == Metric::Better::higher});
    }
  };
  add("train/", report.train);
  if (report.train_eval) add("train_eval/", report.train_eval->metrics);
  if (report.valid) add("valid/", report.valid->metrics);
  if (report.valid_ema) add("valid_ema/", report.valid_ema->metrics);
  return metrics;
}

nlohmann::json reproducible_line(const EpochReport& report) {
  nlohmann::json line = to_metrics_line(report);
  for (const char* key : {"seconds", "data_wait_seconds", "communication_seconds",
                          "images_per_second", "evaluation_seconds"}) {
    line.erase(key);
  }
  return line;
}

}  // namespace lockstep
