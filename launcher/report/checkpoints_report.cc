#include "launcher/report/checkpoints_report.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include "analysis/figure_text.h"
#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "checkpoint/selection.h"

namespace lockstep {
namespace {

CheckpointReport report_one(const CheckpointEntry& entry, const CheckpointCheck& check) {
  CheckpointReport report;
  report.step = entry.step;
  try {
    report.manifest = load_checkpoint(entry.directory, check).manifest;
  } catch (const Error& error) {
    report.problem = error.what();
  }
  return report;
}

/// The newest manifest knows which checkpoint was the best so far.
void mark_best(std::vector<CheckpointReport>& checkpoints) {
  const auto newest = std::find_if(checkpoints.rbegin(), checkpoints.rend(),
                                   [](const CheckpointReport& one) { return one.problem.empty(); });
  if (newest == checkpoints.rend() || !newest->manifest.best) return;
  const std::int64_t best = newest->manifest.best->step;
  for (CheckpointReport& one : checkpoints) one.best = one.step == best;
}

std::string metrics_text(const CheckpointReport& report) {
  std::string text;
  for (const auto& [name, value] : report.manifest.metrics) {
    if (may_be_obvious(name, value)) continue;
    const bool is_whole = value == std::round(value) && !is_fraction(name);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", printable(name),
                        is_whole ? fmt::format("{:.0f}", value) : value_text(name, value));
  }
  if (report.best) text += text.empty() ? "best" : " (best)";
  return text;
}

}  // namespace

CheckpointsReport report_checkpoints(const std::filesystem::path& run,
                                     const CheckpointCheck& also) {
  check(classify_target(run) == TargetKind::run, ExitCode::usage,
        "'{}' is one checkpoint: give the run directory", run.string());
  const std::filesystem::path directory = run / kCheckpointsDirectory;
  CheckpointsReport report;
  for (const CheckpointEntry& entry : list_checkpoints(directory)) {
    report.checkpoints.push_back(report_one(entry, also));
  }
  mark_best(report.checkpoints);
  for (const std::string_view suffix : {kCorruptSuffix, kSupersededSuffix}) {
    std::ranges::copy(list_set_aside(directory, suffix), std::back_inserter(report.set_aside));
  }
  std::ranges::sort(report.set_aside);
  return report;
}

nlohmann::json to_json(const CheckpointsReport& report) {
  nlohmann::json list = nlohmann::json::array();
  for (const CheckpointReport& one : report.checkpoints) {
    nlohmann::json entry = {{"step", one.step}, {"valid", one.problem.empty()}};
    if (one.problem.empty()) {
      entry["state_digest"] = one.manifest.state_digest;
      entry["bytes"] = bytes_on_disk(one.manifest);
      entry["metrics"] = one.manifest.metrics;
      entry["best"] = one.best;
    } else {
      entry["problem"] = one.problem;
    }
    list.push_back(std::move(entry));
  }
  return {{"checkpoints", std::move(list)}, {"set_aside", report.set_aside}};
}

std::string to_text(const CheckpointsReport& report) {
  if (report.checkpoints.empty() && report.set_aside.empty()) return "no checkpoints\n";
  std::string text = fmt::format("{:>10}  {:<7}  {:<32}  {:>9}  {}\n", "step", "valid",
                                 "state digest", "MiB", "metrics");
  for (const CheckpointReport& one : report.checkpoints) {
    if (one.problem.empty()) {
      text += fmt::format("{:>10}  {:<7}  {:<32}  {:>9.1f}  {}\n", one.step, "yes",
                          printable(one.manifest.state_digest),
                          static_cast<double>(bytes_on_disk(one.manifest)) / (1 << 20),
                          metrics_text(one));
    } else {
      text += fmt::format("{:>10}  {:<7}  {}\n", one.step, "NO", printable(one.problem));
    }
  }
  for (const std::string& name : report.set_aside)
    text += fmt::format("set aside: {}\n", printable(name));
  return text;
}

}  // namespace lockstep
