#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "launcher/rank/rank_context.h"
#include "launcher/run/resolved_run.h"
#include "launcher/run/run_metrics.h"
#include "launcher/status/stop_order.h"
#include "trainer/trainer.h"

namespace lockstep {

/// What an observer knows of a run beforehand.
struct ObservedRun {
  std::int64_t epochs = 0;
  std::int64_t last_step = 0;  ///< where this attempt ends
  /// When it is to stop; std::nullopt: never.
  std::optional<std::chrono::steady_clock::time_point> deadline = {};
  /// Of the first step, of a network that knows nothing; std::nullopt: not known.
  std::optional<double> expected_loss = {};
  std::vector<std::string> names = {};  ///< of the network's outputs
  bool may_know = false;                ///< it begins with weights, so that less is no surprise
  /// Where `lockstep stop` leaves its order; empty: this rank does not look.
  std::filesystem::path directory = {};
};
/// Of a run that is about to begin, or to go on, in a process whose work began at `begin`.
ObservedRun observed(const ResolvedRun& run, std::chrono::steady_clock::time_point begin);

/// Carries what a trainer tells to where people look: the console, the run's metrics, the progress
/// bar, and the rank's own account of what it is doing.
class RankTrainObserver final : public TrainObserver {
 public:
  /// `metrics` on rank 0 only; both must outlive this object.
  RankTrainObserver(RankContext& context, RunMetrics* metrics, const ObservedRun& run);

  bool stop_requested() override;
  void phase(std::string_view name, std::int64_t step) override;
  void step_done(const StepReport& since_last_log) override;
  void step_logged(const StepReport& window) override;
  void evaluating(std::uint64_t done, std::uint64_t total) override;
  void epoch_done(const EpochReport& report) override;
  void skipped(const Skip& skip, std::size_t number) override;
  void checkpoint_committed(const CommittedCheckpoint& checkpoint) override;

  const std::optional<CommittedCheckpoint>& last_checkpoint() const { return last_checkpoint_; }
  /// Who asked for a stop by `lockstep stop`, in words; empty: nobody, as far as this rank knows.
  std::string stopped_by() const;
  /// Collective: whether the run was stopped because its time was over, and for nothing else.
  bool time_was_over() const;

 private:
  void draw_confusion(const EpochReport& report);

  RankContext& context_;
  RunMetrics* metrics_;
  ObservedRun run_;
  StopOrderWatch stop_order_;
  std::optional<StopOrder> stopped_by_;
  bool time_is_over_ = false;  ///< rank 0 has said so
  ProgressEvent progress_;
  std::optional<CommittedCheckpoint> last_checkpoint_;
};

}  // namespace lockstep
