#include "launcher/run/train_observer.h"

#include <array>
#include <limits>
#include <span>

#include "analysis/figure_text.h"
#include "launcher/report/confusion_picture.h"
#include "launcher/run/plan_report.h"

namespace lockstep {
namespace {

/// Of the loss of the first step to the expected one.
constexpr double kOff = 1.5;

std::string expectation_text(double loss, double expected) {
  return fmt::format(
      "the loss of the first step is {:.4g}, and about {:.4g} is expected of a network that knows "
      "nothing yet: look at data.mean and data.std, at the labels, and at how the network begins",
      loss, expected);
}

}  // namespace

ObservedRun observed(const ResolvedRun& run, std::chrono::steady_clock::time_point begin) {
  ObservedRun result{.epochs = run.config.train.epochs, .last_step = last_step(run)};
  if (run.config.train.max_time_s > 0) {
    result.deadline = begin + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                  std::chrono::duration<double>(run.config.train.max_time_s));
  }
  // Of few samples the variance of targets is a rough guess, and blends of them vary less.
  const bool is_known = run.start.task.kind != TaskKind::regression ||
                        (run.plan.global_batch >= 64 && run.config.data.augment.mixup == 0 &&
                         run.config.data.augment.cutmix == 0);
  if (run.start.step == 0 && is_known) result.expected_loss = run.task->uninformed_loss();
  result.names = run.start.task.names;
  result.may_know = !run.start.weights.empty();
  return result;
}

RankTrainObserver::RankTrainObserver(RankContext& context, RunMetrics* metrics,
                                     const ObservedRun& run)
    : context_(context), metrics_(metrics), run_(run), stop_order_(run.directory) {
  progress_.epochs = run.epochs;
  progress_.loss = std::numeric_limits<double>::quiet_NaN();
}

bool RankTrainObserver::stop_requested() {
  if (context_.stop.requested() || stopped_by_) return true;
  if (!run_.directory.empty()) stopped_by_ = stop_order_.order();
  if (stopped_by_) return true;
  if (run_.deadline && context_.communicator.rank() == 0 && !time_is_over_ &&
      std::chrono::steady_clock::now() >= *run_.deadline) {
    context_.log->info("train.max_time_s is over: the run ends after this step");
    time_is_over_ = true;
  }
  return time_is_over_;
}

std::string RankTrainObserver::stopped_by() const {
  return stopped_by_ ? "`lockstep stop` by " + to_text(*stopped_by_) : "";
}

bool RankTrainObserver::time_was_over() const {
  std::array<std::int64_t, 2> votes = {time_is_over_ ? 1 : 0,
                                       context_.stop.requested() || stopped_by_ ? 1 : 0};
  context_.communicator.all_reduce_sum(std::span<std::int64_t>(votes));
  return votes[0] > 0 && votes[1] == 0;
}

void RankTrainObserver::phase(std::string_view name, std::int64_t step) {
  context_.phase = name;
  context_.step = step;
}

void RankTrainObserver::step_done(const StepReport& report) {
  const double loss = report.metrics.front().value;
  const double expected = run_.expected_loss.value_or(loss);
  const bool is_low = loss * kOff < expected && !run_.may_know;
  if (report.step == 1 && (loss > kOff * expected || is_low)) {
    context_.log->warn(expectation_text(loss, expected));
  }
  progress_.phase = "train";
  progress_.epoch = report.epoch;
  progress_.step = report.step;
  progress_.steps = run_.last_step;
  progress_.loss = loss;
  progress_.learning_rate = report.learning_rate;
  progress_.images_per_second = report.timing.images_per_second();
  context_.progress(progress_);
}

void RankTrainObserver::step_logged(const StepReport& window) {
  if (metrics_ != nullptr) metrics_->append(to_metrics_line(window));
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
  const auto told = [&](std::vector<MetricValue> values) {
    std::erase_if(values, [&](const MetricValue& value) {
      return is_obvious(value.metric.name, run_.names.size());
    });
    return to_text(values);
  };
  if (metrics_ != nullptr) {
    metrics_->append(to_metrics_line(report));
    draw_confusion(report);
  }
  std::string line =
      fmt::format("epoch {}/{}: train {}", report.epoch, report.epochs, told(report.train));
  if (report.train_eval) line += "; train_eval " + told(report.train_eval->metrics);
  if (report.valid) line += "; valid " + told(report.valid->metrics);
  if (const auto gap = generalisation_gap(report); !gap.empty()) line += "; gap " + told(gap);
  if (report.valid_ema) line += "; average " + told(report.valid_ema->metrics);
  line += fmt::format(
      "; lr {:.3g}, {:.0f} images/s, waited {:.1f} s for data and {:.1f} s for communication of "
      "{:.1f} s",
      report.learning_rate, report.timing.images_per_second(), report.timing.data_wait,
      report.timing.communication, report.timing.total);
  context_.log->info(line);
}

void RankTrainObserver::draw_confusion(const EpochReport& report) {
  if (!report.valid || !report.valid->confusion) return;
  metrics_->append_picture("valid/confusion", report.step,
                           confusion_picture(*report.valid->confusion, run_.names,
                                             fmt::format("valid, epoch {}", report.epoch)));
}

void RankTrainObserver::skipped(const Skip& skip, std::size_t number) {
  if (metrics_ != nullptr) metrics_->append(to_metrics_line(skip, number));
  context_.log->info("rollback {}: {}", number, printable(to_text(skip)));
}

void RankTrainObserver::checkpoint_committed(const CommittedCheckpoint& checkpoint) {
  last_checkpoint_ = checkpoint;
  context_.log->info("checkpoint {} ({:.1f} MB, digest {})",
                     printable(checkpoint.directory.string()),
                     static_cast<double>(checkpoint.bytes) / 1e6, checkpoint.state_digest);
}

}  // namespace lockstep
