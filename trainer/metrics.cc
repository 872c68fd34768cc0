#include "trainer/metrics.h"

#include "core/error.h"

namespace lockstep {
namespace {

double per_second(std::int64_t images, double seconds) {
  return seconds > 0 ? static_cast<double>(images) / seconds : 0;
}

void add_timing(nlohmann::json& line, const Timing& timing) {
  line["seconds"] = timing.total;
  line["data_wait_seconds"] = timing.data_wait;
  line["communication_seconds"] = timing.communication;
}

}  // namespace

MetricSums& MetricSums::operator+=(const MetricSums& other) {
  weight += other.weight;
  loss += other.loss;
  count += other.count;
  top1 += other.top1;
  top5 += other.top5;
  return *this;
}

void to_json(nlohmann::json& json, const MetricSums& sums) {
  json = {{"weight", sums.weight},
          {"loss", sums.loss},
          {"count", sums.count},
          {"top1", sums.top1},
          {"top5", sums.top5}};
}

void from_json(const nlohmann::json& json, MetricSums& sums) {
  json.at("weight").get_to(sums.weight);
  json.at("loss").get_to(sums.loss);
  json.at("count").get_to(sums.count);
  json.at("top1").get_to(sums.top1);
  json.at("top5").get_to(sums.top5);
}

double StepReport::images_per_second() const { return per_second(timed_images, timing.total); }
double EpochReport::images_per_second() const { return per_second(timed_images, timing.total); }

nlohmann::json to_metrics_line(const StepReport& report) {
  nlohmann::json line = {{"kind", "step"},
                         {"step", report.step},
                         {"epoch", report.epoch},
                         {"lr", report.learning_rate},
                         {"loss", report.sums.mean_loss()},
                         {"accuracy", report.sums.accuracy()},
                         {"top5_accuracy", report.sums.top5_accuracy()},
                         {"images_per_second", report.images_per_second()}};
  add_timing(line, report.timing);
  return line;
}

nlohmann::json to_metrics_line(const EpochReport& report) {
  nlohmann::json line = {{"kind", "epoch"},
                         {"step", report.step},
                         {"epoch", report.epoch},
                         {"lr", report.learning_rate},
                         {"train/loss", report.train.mean_loss()},
                         {"train/accuracy", report.train.accuracy()},
                         {"train/top5_accuracy", report.train.top5_accuracy()},
                         {"images_per_second", report.images_per_second()},
                         {"evaluation_seconds", report.evaluation_seconds}};
  add_timing(line, report.timing);
  if (report.valid) {
    line["valid/loss"] = report.valid->mean_loss();
    line["valid/accuracy"] = report.valid->accuracy();
    line["valid/top5_accuracy"] = report.valid->top5_accuracy();
    line["valid/count"] = report.valid->count;
  }
  return line;
}

double metric_value(const std::string& name, const MetricSums& valid) {
  if (name == "valid/accuracy") return valid.accuracy();
  if (name == "valid/loss") return valid.mean_loss();
  fail(ExitCode::usage, "checkpoint.best is '{}'; it can be valid/accuracy or valid/loss", name);
}

bool is_better(const std::string& name, double candidate, double best) {
  return name == "valid/loss" ? candidate < best : candidate > best;
}

}  // namespace lockstep
