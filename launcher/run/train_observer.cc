#include "launcher/run/train_observer.h"

#include <limits>

namespace lockstep {

RankTrainObserver::RankTrainObserver(RankContext& context, MetricsFile* metrics,
                                     std::int64_t epochs, std::int64_t last_step)
    : context_(context), metrics_(metrics), last_step_(last_step) {
  progress_.epochs = epochs;
  progress_.loss = std::numeric_limits<double>::quiet_NaN();
}

bool RankTrainObserver::stop_requested() { return context_.stop.requested(); }

void RankTrainObserver::phase(std::string_view name, std::int64_t step) {
  context_.phase = name;
  context_.step = step;
}

void RankTrainObserver::step_done(const StepReport& report) {
  progress_.phase = "train";
  progress_.epoch = report.epoch;
  progress_.step = report.step;
  progress_.steps = last_step_;
  progress_.loss = report.metrics.front().value;
  progress_.learning_rate = report.learning_rate;
  progress_.images_per_second = report.timing.images_per_second();
  context_.progress(progress_);
}

void RankTrainObserver::step_logged(const StepReport& window) {
  if (metrics_ != nullptr) metrics_->append(to_metrics_line(window).dump());
  context_.log->debug(
      "step {}: loss {:.4f}, {:.0f} images/s, waited {:.2f} s for data and {:.2f} s for "
      "communication",
      window.step, window.metrics.front().value, window.timing.images_per_second(),
      window.timing.data_wait, window.timing.communication);
}

void RankTrainObserver::evaluating(std::uint64_t done, std::uint64_t total) {
  progress_.phase = "evaluate";
  progress_.step = static_cast<std::int64_t>(done);
  progress_.steps = static_cast<std::int64_t>(total);
  context_.progress(progress_);
}

void RankTrainObserver::epoch_done(const EpochReport& report) {
  if (metrics_ != nullptr) metrics_->append(to_metrics_line(report).dump());
  std::string line =
      fmt::format("epoch {}/{}: train {}", report.epoch, report.epochs, to_text(report.train));
  if (report.valid) line += "; valid " + to_text(report.valid->metrics);
  if (report.valid_ema) line += "; average " + to_text(report.valid_ema->metrics);
  line += fmt::format(
      "; lr {:.3g}, {:.0f} images/s, waited {:.1f} s for data and {:.1f} s for communication of "
      "{:.1f} s",
      report.learning_rate, report.timing.images_per_second(), report.timing.data_wait,
      report.timing.communication, report.timing.total);
  context_.log->info(line);
}

void RankTrainObserver::checkpoint_committed(const CommittedCheckpoint& checkpoint,
                                             std::int64_t step) {
  last_checkpoint_ = checkpoint;
  context_.log->info("checkpoint {} ({:.1f} MB, digest {})",
                     printable(checkpoint.directory.string()),
                     static_cast<double>(checkpoint.bytes) / 1e6, checkpoint.state_digest);
  context_.step = step;
}

}  // namespace lockstep
