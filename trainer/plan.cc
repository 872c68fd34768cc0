#include "trainer/plan.h"

#include <algorithm>
#include <functional>
#include <vector>

#include <fmt/ranges.h>

#include "core/error.h"
#include "trainer/fine_tune.h"

namespace lockstep {
namespace {

void check_phases(const std::vector<SchedulePhase>& phases, std::int64_t epochs) {
  check(!phases.empty(), ExitCode::usage,
        "schedule.phases is empty; give a list such as [linear 2 from 0.1 to 1, constant 10, "
        "cosine 8 to 0.01]");
  constexpr double kRounding = 1e-9;  // of a sum of decimal fractions
  const double together = length(phases);
  check(together <= static_cast<double>(epochs) * (1 + kRounding), ExitCode::usage,
        "schedule.phases are {:g} epochs long together, and train.epochs is {}, so their end would "
        "never be reached: shorten them, or raise train.epochs",
        together, epochs);
}

/// Of the target rate.
double highest_factor(const ScheduleOptions& schedule) {
  double highest = 1;
  if (schedule.name != ScheduleKind::phases) return highest;
  for (const SchedulePhase& phase : schedule.phases) {
    highest = std::max({highest, phase.from, phase.to});
  }
  return highest;
}

void check_schedule(const ScheduleOptions& schedule, std::int64_t epochs) {
  check(schedule.warmup_epochs >= 0 && schedule.warmup_epochs <= static_cast<double>(epochs),
        ExitCode::usage,
        "schedule.warmup_epochs is {}; it must be between 0 and train.epochs, which is {}",
        schedule.warmup_epochs, epochs);
  check(schedule.name != ScheduleKind::one_cycle || schedule.warmup_epochs == 0, ExitCode::usage,
        "schedule.warmup_epochs is {}, but a one_cycle rises by itself (schedule.pct_start): set "
        "schedule.warmup_epochs=0",
        schedule.warmup_epochs);
  check(schedule.name != ScheduleKind::one_cycle || !schedule.cycle_momentum ||
            schedule.base_momentum <= schedule.max_momentum,
        ExitCode::usage,
        "schedule.base_momentum is {}, which must not be above schedule.max_momentum, {}",
        schedule.base_momentum, schedule.max_momentum);
  if (schedule.name == ScheduleKind::phases) check_phases(schedule.phases, epochs);
  if (schedule.name != ScheduleKind::multi_step) return;
  const std::vector<float>& milestones = schedule.milestones;
  check(!milestones.empty() && std::ranges::is_sorted(milestones, std::less_equal()),
        ExitCode::usage,
        "schedule.milestones is [{}]; multi_step needs epochs in ascending order, such as "
        "[30, 60, 80]",
        fmt::join(milestones, ", "));
}

}  // namespace

TrainingPlan make_plan(const TrainOptions& train, const OptimizerOptions& optimizer,
                       const ScheduleOptions& schedule, std::uint64_t samples, int ranks,
                       const FineTuneOptions& fine_tune) {
  TrainingPlan plan;
  plan.lanes = train.lanes > 0 ? train.lanes : ranks;
  plan.batch = train.batch;
  plan.samples = samples;
  check(train.batch > 0, ExitCode::usage, "train.batch is {}; it must be at least 1", train.batch);
  check(train.epochs > 0, ExitCode::usage, "train.epochs is {}; it must be at least 1",
        train.epochs);
  check(plan.lanes >= ranks, ExitCode::usage,
        "{} ranks for {} lanes: a rank runs at least one lane. Start at most {} ranks (-n {}), or "
        "raise train.lanes, which changes the global batch",
        ranks, plan.lanes, plan.lanes, plan.lanes);
  check_schedule(schedule, train.epochs);
  plan.global_batch = static_cast<std::int64_t>(plan.lanes) * train.batch;
  check(samples >= static_cast<std::uint64_t>(plan.global_batch), ExitCode::usage,
        "the training split has {} samples and one step takes {} ({} x {}, lanes and "
        "train.batch): lower {}",
        samples, plan.global_batch, plan.lanes, train.batch,
        plan.lanes == 1    ? "train.batch"
        : train.batch == 1 ? "train.lanes"
                           : "train.lanes or train.batch");
  const EpochShape shape = plan.shape();
  plan.steps_per_epoch = static_cast<std::int64_t>(shape.steps_per_epoch());
  plan.schedule = make_schedule(schedule, optimizer.base_rate(), static_cast<double>(train.epochs),
                                train.batch, plan.lanes);
  check(schedule.name != ScheduleKind::plateau || schedule.stop_below == 0 ||
            schedule.min_factor * plan.schedule.target_rate < schedule.stop_below,
        ExitCode::usage,
        "schedule.stop_below is {:g}, but by schedule.min_factor the rate stays at {:g} or above: "
        "lower schedule.min_factor",
        schedule.stop_below, schedule.min_factor * plan.schedule.target_rate);
  const std::vector<std::int64_t> phases = phase_begins(fine_tune, train.epochs);
  plan.schedule.unfreezes = {phases.begin() + 1, phases.end()};
  plan.schedule.unfreeze_factor = fine_tune.rate_factor;
  const double highest = plan.schedule.target_rate * highest_factor(schedule);
  check(highest <= kMostRate && plan.schedule.warmup_rate <= kMostRate, ExitCode::usage,
        "the learning rate for a global batch of {} is {:g}, more than a float32 holds: lower "
        "optimizer.lr, or see optimizer.lr_scaling and optimizer.lr_batch",
        plan.global_batch, highest);
  return plan;
}

}  // namespace lockstep
