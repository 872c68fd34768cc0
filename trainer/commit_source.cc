#include "trainer/commit_source.h"

#include <limits>
#include <map>
#include <utility>

#include "core/error.h"

namespace lockstep {
namespace {

/// Those of this step: of an epoch that has just ended.
std::map<std::string, double> metrics_of(const TrainingState& state) {
  std::map<std::string, double> metrics;
  if (state.history.empty() || state.history.back().at("step") != state.step) return metrics;
  for (const auto& [key, value] : state.history.back().items()) {
    if (key.find('/') == std::string::npos) continue;
    metrics[key] =
        value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
  }
  return metrics;
}

Snapshot snapshot_of(const TrainingState& state, const RunRecord& record, StateCopy& copy) {
  check(copy.has_finite_parameters(), ExitCode::internal,
        "a parameter is not finite after step {}: training has diverged. Lower optimizer.lr or "
        "lengthen schedule.warmup_epochs; the checkpoints written so far are whole",
        state.step);
  copy.arrange();
  return {.step = state.step,
          .model = copy.model(),
          .optimizer = copy.optimizer(),
          .state = state_to_commit(state),
          .config = record.config,
          .pack_fingerprint = record.pack_fingerprint,
          .environment = record.environment,
          .metrics = metrics_of(state),
          .best = state.best};
}

}  // namespace

CommitSource commit_source(const TrainingState& state, const StateParts& parts,
                           const RunRecord& record, std::shared_ptr<StateCopy> copy, bool writes) {
  if (!writes && parts.model.front().flat.is_cpu()) {
    return {.step = state.step,
            .digest = [digest = memory_digest(parts)] { return digest; },
            .snapshot = {}};
  }
  copy->take(parts);
  return {.step = state.step,
          .digest = [copy] { return copy->memory_digest(); },
          .snapshot = [state, record, copy] { return snapshot_of(state, record, *copy); }};
}

}  // namespace lockstep
