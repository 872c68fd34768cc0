#include "launcher/pack_commands/verify_command.h"

#include "core/log.h"
#include "core/printable.h"
#include "launcher/answers/provenance_check.h"
#include "sharding/read/pack_verify.h"

namespace lockstep {
namespace {

ExitCode verify_file(const std::filesystem::path& file, spdlog::logger& log) {
  std::size_t broken = 0, absent = 0;
  for (const ChainLink& link : check_provenance(file)) {
    switch (link.state) {
      case ChainLink::State::holds:
        log.info("{}", link.text);
        break;
      case ChainLink::State::absent:
        ++absent;
        log.warn("{}", link.text);
        break;
      case ChainLink::State::broken:
        ++broken;
        log.error("{}", link.text);
        break;
    }
  }
  const std::string name = printable(file.string());
  if (broken > 0) {
    log.error("'{}' is not what its provenance says: {} piece{} changed", name, broken,
              broken == 1 ? " has" : "s have");
    return ExitCode::data;
  }
  log.info("'{}' is what its provenance says{}", name,
           absent > 0 ? ", as far as the pieces are there" : "");
  return ExitCode::ok;
}

}  // namespace

const char* const VerifyCommand::kHelp =
    R"(Of a pack every offset, shape, label and checksum is checked. Of a table that `lockstep predict` has
written, or a model that `lockstep export` has, the chain is followed: the file itself, the checkpoint or
the weights, the pack that it was trained on, and the pack of the images, as far as they are there.

Examples:
  lockstep verify data/mine
  lockstep verify photos.csv)";

void VerifyCommand::add_options(CLI::App& app) {
  app.add_option("PACK|FILE", pack, "The pack's directory, or a file with a provenance")
      ->required();
}

ExitCode VerifyCommand::run(Process&) const {
  return run_verify(*this, *make_console_logger(), show_sample_bar("verify"));
}

ExitCode run_verify(const VerifyCommand& command, spdlog::logger& log, const Progress& progress) {
  if (has_provenance(command.pack)) return verify_file(command.pack, log);
  std::error_code error;
  const bool is_pack = std::filesystem::exists(command.pack, error)
                           ? std::filesystem::is_directory(command.pack, error)
                           : !command.pack.has_extension();
  check(is_pack, ExitCode::data,
        "'{}' is neither a pack's directory nor a file with a provenance: '{}.provenance.json' is "
        "not beside it",
        command.pack, command.pack);
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
