#include "launcher/run_commands/checkpoints_command.h"

#include <algorithm>
#include <cstdio>

#include "launcher/report/checkpoints_report.h"
#include "launcher/report/json_text.h"
#include "launcher/setup/run_config.h"
#include "trainer/training_state.h"

namespace lockstep {

void CheckpointsCommand::add_options(CLI::App& app) {
  app.add_option("RUN|CONFIG", target, "The run's directory, or its config")->required();
  app.add_option("key=value", overrides, "Overrides of config keys");
  app.add_flag("--json", json, "One JSON document on stdout");
}

std::filesystem::path CheckpointsCommand::run_directory() const {
  std::error_code error;
  const bool is_run = !std::filesystem::is_regular_file(target, error);
  if (is_run && overrides.empty()) return target;
  return read_run_config(target, overrides).run.dir;
}

ExitCode CheckpointsCommand::run(Process&) const {
  const std::filesystem::path run = run_directory();
  const CheckpointsReport report = report_checkpoints(run, check_training_state);
  nlohmann::json document = to_json(report);
  document["run"] = run.string();
  const std::string text = json ? json_text(document) : to_text(report);
  std::fwrite(text.data(), 1, text.size(), stdout);
  const bool all_verify = std::ranges::all_of(
      report.checkpoints, [](const CheckpointReport& one) { return one.problem.empty(); });
  return all_verify ? ExitCode::ok : ExitCode::storage;
}

}  // namespace lockstep
