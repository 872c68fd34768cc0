#include "launcher/search/rate_search.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/csv.h"
#include "core/file.h"
#include "imaging/chart/line_chart.h"
#include "launcher/report/bars.h"
#include "launcher/report/inspect_grid.h"
#include "launcher/search/trial.h"
#include "trainer/rate_suggestion.h"

namespace lockstep {

double option_for(const ResolvedRun& run, double rate) {
  const BaseRate base = run.config.optimizer.base_rate();
  const double scale = base.for_batch(static_cast<double>(run.plan.global_batch)) / base.lr;
  return rate / scale;
}

RateSweep sweep_rates(const RateSearchJob& job, Trial& trial) {
  RateSweep sweep;
  const Progress progress = trial.context().progress_of("lr-find");
  trial.begin();
  for (int i = 0; i < job.steps; ++i) {
    const double rate = job.from * std::pow(job.to / job.from, i / (job.steps - 1.0));
    const TaskSums sums = trial.step({.rate = rate}).sums;
    const double loss = std::isfinite(sums.loss) ? sums.mean_loss() : sums.loss;
    if (!sweep.add(rate, loss)) break;
    progress(static_cast<std::uint64_t>(i) + 1, static_cast<std::uint64_t>(job.steps));
  }
  return sweep;
}

namespace {

/// Suggestions that differ by more are no advice.
constexpr double kFarApart = 10;

/// In few digits: nobody needs more of a rate.
std::string short_text(double rate) { return fmt::format("{:.2g}", rate); }

void write_table(const std::filesystem::path& out, const std::string& header,
                 const std::vector<std::vector<double>>& columns) {
  std::string text = header + std::string(kCsvLineEnd);
  for (std::size_t row = 0; row < columns.front().size(); ++row) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      text += fmt::format("{}{}", i > 0 ? "," : "", columns[i][row]);
    }
    text += kCsvLineEnd;
  }
  replace_file(out, text);
}

/// The loss over the rate, in columns of the terminal.
std::string sweep_chart(const RateSweep& sweep) {
  constexpr std::size_t kColumns = 60;
  std::vector<double> heights;
  const double least = std::ranges::min(sweep.smoothed);
  const std::size_t columns = std::min(kColumns, sweep.smoothed.size());
  for (std::size_t i = 0; i < columns; ++i) {
    heights.push_back(sweep.smoothed[i * sweep.smoothed.size() / columns] - least);
  }
  return fmt::format("loss {:.4g} {} {:.4g}\nrate {:.2g} to {:.2g}", sweep.smoothed.front(),
                     bars(heights), sweep.smoothed.back(), sweep.rates.front(), sweep.rates.back());
}

/// A table, and the first of them to be pasted.
std::string suggestions_text(const ResolvedRun& run,
                             const std::vector<RateSuggestion>& suggestions) {
  std::string text = fmt::format(
      "{:<10}{:<16}{}\n", "rule", "rate of a step",
      fmt::format("optimizer.lr (for {:g} samples, {} scaling)", run.config.optimizer.lr_batch,
                  name_of(run.config.optimizer.lr_scaling)));
  for (const std::string_view rule : kRateRules) {
    const auto found = std::ranges::find(suggestions, rule, &RateSuggestion::rule);
    text += found == suggestions.end()
                ? fmt::format("{:<10}none: the curve has no such place\n", rule)
                : fmt::format("{:<10}{:<16}{}\n", rule, short_text(found->rate),
                              short_text(option_for(run, found->rate)));
  }
  const auto [least, most] = std::ranges::minmax(suggestions, {}, &RateSuggestion::rate);
  if (most.rate <= kFarApart * least.rate) {
    return text + fmt::format("to use the first: optimizer.lr={}\n",
                              short_text(option_for(run, suggestions.front().rate)));
  }
  return text +
         fmt::format(
             "the rules are {:.0f} times apart, so the curve alone does not say. The same command "
             "with --powers-of-2 optimizer.lr={} compares short trainings at 13 rates around the "
             "middle, and takes up to 13 times as long\n",
             most.rate / least.rate,
             short_text(option_for(run, std::sqrt(least.rate * most.rate))));
}

LineChart sweep_picture(const ResolvedRun& run, const RateSweep& sweep,
                        const std::vector<RateSuggestion>& suggestions) {
  LineChart chart{
      .title = fmt::format("{}, {} samples a step", run.config.model.name, run.plan.global_batch),
      .x_title = "learning rate of a step",
      .y_title = "loss",
      .log_x = true,
      .lines = {{"smoothed", sweep.rates, sweep.smoothed}},
      .marks = {}};
  for (const auto& [rule, rate] : suggestions) {
    chart.marks.push_back({fmt::format("{} {:.2g}", rule, rate), rate});
  }
  return chart;
}

/// A part of the first loss: noise falls as much.
constexpr double kHardly = 0.03;

void report_sweep(const RateSearchJob& job, const ResolvedRun& run, const RateSweep& sweep) {
  check(!sweep.rates.empty(), ExitCode::internal,
        "the loss is not a number at the first step, with a rate of {}: look at the data "
        "(lockstep inspect), data.mean and data.std",
        job.from);
  const auto suggestions = suggest_rates(sweep, static_cast<std::size_t>(job.steps));
  fmt::print("{}\n", sweep_chart(sweep));
  const bool diverged = sweep.rates.size() < static_cast<std::size_t>(job.steps);
  fmt::print("{}\n", diverged
                         ? fmt::format("the loss diverged at a rate of {:.2g}", sweep.rates.back())
                         : "the loss did not diverge");
  if (!job.out.empty()) {
    write_table(job.out, "rate,loss,smoothed", {sweep.rates, sweep.losses, sweep.smoothed});
  }
  if (!job.plot.empty())
    write_png(job.plot, draw_line_chart(sweep_picture(run, sweep, suggestions)));
  if (suggestions.empty()) {
    fmt::print("the sweep ended too early to suggest a rate: {} or take more steps (--steps)\n",
               diverged ? "begin lower (--from)" : "go on higher (--to)");
  } else {
    fmt::print("{}", suggestions_text(run, suggestions));
    const double fall = 1 - std::ranges::min(sweep.smoothed) / sweep.smoothed.front();
    if (fall < kHardly) {
      fmt::print(
          "the loss fell by {:.1f} % only, so these may be noise: {}\n", 100 * fall,
          diverged ? "take more steps (--steps)" : "go on higher (--to), or take more steps");
    }
  }
}

/// The mean loss of the last tenth of a short training; not finite where it diverged.
double train_briefly(double rate, int steps, Trial& trial) {
  trial.begin();
  TaskSums last;
  for (int i = 0; i < steps; ++i) {
    const TaskSums sums = trial.step({.rate = rate}).sums;
    if (!std::isfinite(sums.loss)) return sums.loss;
    if (i >= steps - std::max(1, steps / 10)) last += sums;
  }
  return last.mean_loss();
}

void search_powers(const RateSearchJob& job, Trial& trial) {
  constexpr int kLowest = -6, kHighest = 6;
  const ResolvedRun& run = trial.run();
  const bool tells = trial.context().communicator.rank() == 0;
  const Progress progress = trial.context().progress_of("lr-find");
  if (tells)
    fmt::print("{:<16}{:<16}loss after {} steps\n", "optimizer.lr", "rate of a step", job.steps);
  std::vector<double> rates, losses;
  for (int power = kLowest; power <= kHighest; ++power) {
    const double rate = run.plan.schedule.target_rate * std::pow(2, power);
    const double loss = train_briefly(rate, job.steps, trial);
    progress(static_cast<std::uint64_t>(power - kLowest) + 1, kHighest - kLowest + 1);
    rates.push_back(rate);
    losses.push_back(std::isfinite(loss) ? loss : std::nan(""));
    if (!tells) continue;
    fmt::print("{:<16}{:<16}{}\n", short_text(option_for(run, rate)), short_text(rate),
               std::isfinite(loss) ? fmt::format("{:.4g}", loss) : "diverged");
    std::fflush(stdout);
  }
  if (!tells) return;
  if (!job.out.empty()) write_table(job.out, "rate,loss", {rates, losses});
  if (!job.plot.empty()) {
    write_png(job.plot, draw_line_chart({.title = fmt::format("{}, {} steps with each rate",
                                                              run.config.model.name, job.steps),
                                         .x_title = "learning rate of a step",
                                         .y_title = "loss",
                                         .log_x = true,
                                         .lines = {{"loss", rates, losses}},
                                         .marks = {}}));
  }
  const auto best = std::ranges::min_element(
      losses, [](double a, double b) { return std::isnan(b) ? !std::isnan(a) : a < b; });
  check(!std::isnan(*best), ExitCode::internal,
        "the loss diverged with every rate down to {:.2g}: lower optimizer.lr", rates.front());
  fmt::print("to use the best: optimizer.lr={}\n",
             short_text(option_for(run, rates[static_cast<std::size_t>(best - losses.begin())])));
}

}  // namespace

ExitCode run_rate_search(const RateSearchJob& job, RankContext& context) {
  Trial trial(job.config, context);
  if (job.powers_of_2) {
    search_powers(job, trial);
    return ExitCode::ok;
  }
  const RateSweep sweep = sweep_rates(job, trial);
  if (context.communicator.rank() == 0) report_sweep(job, trial.run(), sweep);
  return ExitCode::ok;
}

}  // namespace lockstep
