#include "launcher/doctor_rank/try_config.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "launcher/doctor_rank/config_checks.h"
#include "launcher/run/train_observer.h"
#include "launcher/search/rate_search.h"
#include "launcher/search/trial.h"

namespace lockstep {
namespace {

constexpr int kSweepSteps = 70;
constexpr int kOverfitSteps = 60;
constexpr int kStepsBefore = 3;  // what begins at 0 lets no gradient through at first
constexpr int kGradientBatches = 4;

/// Samples of a step: 64, of large images fewer, so that all takes about as long.
int samples_of_step(const InputSpec& input) {
  constexpr int kPixels = 1 << 17;
  return std::clamp(kPixels / (input.height * input.width), 8, 64);
}

FirstLoss first_loss(const RateFacts& rates, const ResolvedRun& run) {
  const ObservedRun known = observed(run, std::chrono::steady_clock::now());
  FirstLoss first{.loss = std::numeric_limits<double>::quiet_NaN(),
                  .expected = known.expected_loss,
                  .may_know = known.may_know};
  if (!rates.sweep.losses.empty()) first.loss = rates.sweep.losses.front();
  return first;
}

RateFacts sweep(const Config& config, Trial& trial) {
  const ResolvedRun& run = trial.run();
  RateFacts facts;
  facts.rate = run.plan.schedule.target_rate;
  facts.scale = option_for(run, 1);
  facts.planned = kSweepSteps;
  RateSearchJob job;
  job.config = config;
  job.from = 1e-6;
  job.to = std::max(job.to, 2 * facts.rate);
  job.steps = kSweepSteps;
  facts.sweep = sweep_rates(job, trial);
  return facts;
}

/// For few steps from the beginning, without a warm-up: the config's, unless it is too low, or the
/// advised one, where that is lower.
double rate_to_learn_with(const RateFacts& facts) {
  const double advised = advised_rate(facts);
  const bool passed = check_rate(facts).verdict == Verdict::pass;
  return passed ? std::min(facts.rate, advised) : advised;
}

OverfitFacts overfit(Config config, double rate, RankContext& context) {
  config.train.overfit_batches = 1;
  Trial trial(config, context);
  trial.begin();
  OverfitFacts facts{.losses = {}, .samples = config.train.batch, .rate = rate};
  const Progress progress = context.progress_of("one batch");
  for (int i = 0; i < kOverfitSteps; ++i) {
    facts.losses.push_back(trial.step({.rate = rate}).sums.mean_loss());
    progress(static_cast<std::uint64_t>(i) + 1, kOverfitSteps);
  }
  return facts;
}

}  // namespace

Findings try_config(Config config, const InputSpec& input, RankContext& context) {
  config.train.lanes = 1;
  config.train.overfit_batches = 0;
  config.train.batch = std::min(config.train.batch, samples_of_step(input));
  Trial trial(config, context);
  const RateFacts rates = sweep(config, trial);
  Findings all = {check_first_loss(first_loss(rates, trial.run())), check_rate(rates)};
  const double rate = rate_to_learn_with(rates);
  all.push_back(check_overfit(overfit(config, rate, context)));
  trial.begin();
  for (int i = 0; i < kStepsBefore; ++i) trial.step({.rate = rate});
  const Findings gradients = check_gradients(look_at_gradients(trial, kGradientBatches));
  all.insert(all.end(), gradients.begin(), gradients.end());
  return all;
}

}  // namespace lockstep
