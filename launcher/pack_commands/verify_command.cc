#include "launcher/pack_commands/verify_command.h"

#include "core/log.h"
#include "core/printable.h"
#include "sharding/read/pack_verify.h"

namespace lockstep {

void VerifyCommand::add_options(CLI::App& app) {
  app.add_option("PACK", pack, "The pack's directory")->required();
}

ExitCode VerifyCommand::run(Process&) const {
  return run_verify(*this, *make_console_logger(), show_sample_bar("verify"));
}

ExitCode run_verify(const VerifyCommand& command, spdlog::logger& log, const Progress& progress) {
  const PackVerifyReport report = verify_pack(command.pack, progress);
  for (const std::string& problem : report.problems) log.error("{}", problem);
  if (!report.problems.empty()) {
    log.error(
        "'{}' is damaged: {} problem{}; copy the named files again, or make it again by the same "
        "command with --force",
        printable(command.pack.string()), report.problems.size(),
        report.problems.size() == 1 ? "" : "s");
    return ExitCode::data;
  }
  log.info("'{}' is whole: {} samples in {} shard{}", printable(command.pack.string()),
           report.samples, report.shards, report.shards == 1 ? "" : "s");
  return ExitCode::ok;
}

}  // namespace lockstep
