#pragma once

#include <string>
#include <vector>

#include <fmt/format.h>

#include "launcher/run_report/reported_run.h"

namespace lockstep {

/// A run that has not been trained, with this rate and seed.
inline ReportedRun made_run(const std::string& name, const std::string& rate,
                            const std::string& seed, std::vector<double> accuracies = {}) {
  ReportedRun run{.name = name,
                  .state = RunState::finished,
                  .seed = seed,
                  .settings = {{"model.name", "simple_cnn"}, {"optimizer.lr", rate}}};
  std::string lines;
  for (std::size_t i = 0; i < accuracies.size(); ++i) {
    lines += fmt::format(
        R"({{"kind":"epoch","epoch":{},"step":{},"lr":{},"images_per_second":100,)"
        R"("train/loss":0.5,"train/accuracy":0.5,"valid/loss":1.5,"valid/accuracy":{}}})"
        "\n",
        i + 1, 10 * (i + 1), rate, accuracies[i]);
  }
  run.history = history_of(lines);
  return run;
}

}  // namespace lockstep
