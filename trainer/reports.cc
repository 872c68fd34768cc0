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

nlohmann::json to_metrics_line(const EpochReport& report) {
  nlohmann::json line = {{"kind", "epoch"},
                         {"step", report.step},
                         {"epoch", report.epoch},
                         {"lr", report.learning_rate},
                         {"evaluation_seconds", report.evaluation_seconds}};
  add_metrics(line, "train/", report.train);
  add_timing(line, report.timing);
  if (report.valid) {
    add_metrics(line, "valid/", report.valid->metrics);
    line["valid/count"] = report.valid->count;
  }
  if (report.valid_ema) add_metrics(line, "valid_ema/", report.valid_ema->metrics);
  return line;
}

}  // namespace lockstep
