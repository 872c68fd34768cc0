#include "launcher/search/ladder.h"

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/csv.h"
#include "core/file.h"
#include "imaging/chart/line_chart.h"
#include "launcher/report/inspect_grid.h"
#include "launcher/search/trial.h"

namespace lockstep {
namespace {

struct Rung {
  std::string name;
  ModelOptions model;
};

std::vector<Rung> rungs(int most_blocks) {
  std::vector<Rung> all;
  for (const char* name : {"linear", "mlp", "lenet"}) all.push_back({name, {.name = name}});
  for (int blocks = 1; blocks <= most_blocks; ++blocks) {
    ModelOptions resnet{.name = "resnet"};
    resnet.stem = Stem::small;
    resnet.blocks = {blocks, blocks, blocks};
    resnet.width = 0.5;
    all.push_back({fmt::format("resnet of 3 x {}", blocks), resnet});
  }
  return all;
}

/// What is left to learn, from 0.
double training_error(const Task& task, const TaskSums& sums) {
  const std::string metric = task.spec().kind == TaskKind::regression ? "r2" : task.main_metric();
  return 1 - find_metric(task.metric_values(sums), metric)->value;
}

/// One network's way: the training error of each epoch; the last is not a number where training
/// diverged.
struct Climb {
  std::string name;
  std::int64_t parameters = 0;
  std::vector<double> errors;
  std::string refused;  ///< why it could not be trained; empty: it was
};

Climb climb(const Rung& rung, const Config& config, RankContext& context,
            const Progress& progress) {
  Climb result{.name = rung.name, .errors = {}, .refused = {}};
  Config own = config;
  own.model = rung.model;
  own.data.valid.clear();  // only the training error counts
  try {
    Trial trial(own, context);
    trial.begin();
    result.parameters = trial.parameters();
    const ResolvedRun& run = trial.run();
    const std::int64_t steps = run.plan.steps_per_epoch;
    for (std::int64_t epoch = 0; epoch < own.train.epochs; ++epoch) {
      TaskSums sums;
      for (std::int64_t step = 0; step < steps; ++step) {
        const double at =
            static_cast<double>(epoch) + static_cast<double>(step) / static_cast<double>(steps);
        const LrSchedule& schedule = run.plan.schedule;
        sums += trial.step({schedule.rate(at), schedule.momentum(at)}).sums;
        progress(static_cast<std::uint64_t>(epoch * steps + step + 1),
                 static_cast<std::uint64_t>(own.train.epochs * steps));
      }
      result.errors.push_back(std::isfinite(sums.loss) ? training_error(*run.task, sums)
                                                       : std::nan(""));
      if (!std::isfinite(sums.loss)) break;
    }
  } catch (const Error& error) {
    if (error.code() != ExitCode::usage || rung.name == "linear") throw;
    result.refused = error.what();
  }
  return result;
}

std::string row_text(const Climb& climb) {
  if (!climb.refused.empty()) return fmt::format("{:<18}{}", climb.name, climb.refused);
  const double error = climb.errors.back();
  return fmt::format(
      "{:<18}{:<14}{}", climb.name, climb.parameters,
      std::isfinite(error) ? fmt::format("{:.4g}", error) : "diverged: lower optimizer.lr");
}

void write_results(const LadderJob& job, const std::vector<Climb>& climbs) {
  if (!job.out.empty()) {
    std::string text = "network,parameters,training_error" + std::string(kCsvLineEnd);
    for (const Climb& one : climbs) {
      if (!one.refused.empty()) continue;
      text += fmt::format("{},{},{}{}", one.name, one.parameters, one.errors.back(), kCsvLineEnd);
    }
    replace_file(job.out, text);
  }
  if (job.plot.empty()) return;
  LineChart chart{.title = "learning the training split by heart",
                  .x_title = "epoch",
                  .y_title = "training error",
                  .lines = {},
                  .marks = {}};
  for (const Climb& one : climbs) {
    LineChart::Line line{.name = one.name, .x = {}, .y = one.errors};
    for (std::size_t i = 0; i < one.errors.size(); ++i)
      line.x.push_back(static_cast<double>(i + 1));
    chart.lines.push_back(std::move(line));
  }
  write_png(job.plot, draw_line_chart(chart));
}

}  // namespace

ExitCode run_ladder(const LadderJob& job, RankContext& context) {
  const bool tells = context.communicator.rank() == 0;
  check(!open_labelled_pack(job.config.data.pack).features(), ExitCode::usage,
        "'{}' has features of one network, and the ladder tries many: give the pack of the images",
        job.config.data.pack);
  const Progress progress = context.progress_of("ladder");
  if (tells) fmt::print("{:<18}{:<14}training error\n", "network", "parameters");
  std::vector<Climb> climbs;
  bool is_enough = false;
  for (const Rung& rung : rungs(job.most_blocks)) {
    climbs.push_back(climb(rung, job.config, context, progress));
    if (tells) fmt::print("{}\n", row_text(climbs.back()));
    if (tells) std::fflush(stdout);
    const std::vector<double>& errors = climbs.back().errors;
    is_enough = !errors.empty() && errors.back() <= job.bound;
    if (is_enough) break;
  }
  if (!tells) return ExitCode::ok;
  write_results(job, climbs);
  fmt::print(
      "{}\n",
      is_enough
          ? fmt::format("enough to learn the training split: {}. From here on more data, "
                        "augmentation and regularisation help, and a larger network with them",
                        climbs.back().name)
          : "none learns the training split: train longer (train.epochs), look for another "
            "rate (lockstep lr-find) and at the labels, or allow larger networks (--blocks)");
  return ExitCode::ok;
}

}  // namespace lockstep
