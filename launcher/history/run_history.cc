#include "launcher/history/run_history.h"

#include <set>

namespace lockstep {
namespace {

VisitMetrics adds_to(RunHistory& history) {
  return [&history](MetricsLine&& line) {
    if (line.kind == MetricsKind::epoch) history.epochs.add(line.json);
    if (line.kind == MetricsKind::step) history.steps.add(line.json);
    if (line.kind == MetricsKind::rollback) {
      const auto reason = line.json.find("reason");
      const bool has_reason = reason != line.json.end() && reason->is_string();
      history.rollbacks.push_back({.number = number_in(line.json, "number"),
                                   .step = number_in(line.json, "step"),
                                   .reason = has_reason ? reason->get<std::string>() : ""});
    }
    return true;
  };
}

}  // namespace

RunHistory history_of(std::string_view lines) {
  RunHistory history;
  history.unreadable = visit_metrics_text(lines, adds_to(history));
  return history;
}

RunHistory read_history(const std::filesystem::path& run) {
  RunHistory history;
  history.unreadable = visit_metrics(run, adds_to(history));
  return history;
}

std::string main_metric(const RunHistory& history) {
  constexpr const char* kOfTasks[] = {"accuracy", "f1", "mae"};  // docs/tasks.md
  std::set<std::string> names;
  for (const MetricsTable* lines : {&history.epochs, &history.steps}) {
    if (lines->empty()) continue;
    for (const std::string& key : lines->keys()) {
      for (const std::string_view split : {"valid/", "train/"}) {
        const bool is_last = key.starts_with(split) && lines->cell(lines->size() - 1, key);
        if (is_last) names.insert(key.substr(split.size()));
      }
    }
  }
  names.erase("loss");
  names.erase("count");
  for (const char* name : kOfTasks) {
    if (names.contains(name)) return name;
  }
  return names.empty() ? "" : *names.begin();
}

}  // namespace lockstep
