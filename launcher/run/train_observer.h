#pragma once

#include <optional>

#include "launcher/rank/rank_context.h"
#include "launcher/run/run_directory.h"
#include "trainer/trainer.h"

namespace lockstep {

/// Carries what a trainer tells to where people look: the console, RUN/metrics.jsonl, the progress
/// bar, and the rank's own account of what it is doing.
class RankTrainObserver final : public TrainObserver {
 public:
  /// `metrics` on rank 0 only; both must outlive this object. `last_step` is where this attempt
  /// ends.
  RankTrainObserver(RankContext& context, MetricsFile* metrics, std::int64_t epochs,
                    std::int64_t last_step);

  bool stop_requested() override;
  void phase(std::string_view name, std::int64_t step) override;
  void step_done(const StepReport& since_last_log) override;
  void step_logged(const StepReport& window) override;
  void evaluating(std::uint64_t done, std::uint64_t total) override;
  void epoch_done(const EpochReport& report) override;
  void checkpoint_committed(const CommittedCheckpoint& checkpoint, std::int64_t step) override;

  const std::optional<CommittedCheckpoint>& last_checkpoint() const { return last_checkpoint_; }

 private:
  RankContext& context_;
  MetricsFile* metrics_;
  std::int64_t last_step_;
  ProgressEvent progress_;
  std::optional<CommittedCheckpoint> last_checkpoint_;
};

}  // namespace lockstep
