#include "launcher/commands/inspect_command.h"

#include <cstdio>

#include "core/error.h"
#include "launcher/report/inspect_grid.h"
#include "launcher/report/inspect_json.h"
#include "launcher/report/inspect_text.h"

namespace lockstep {
namespace {

/// File names need not be UTF-8, but JSON must be.
std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

ExitCode run_inspect(const InspectCommand& command, spdlog::logger& log, Progress progress) {
  check(
      !std::filesystem::is_regular_file(command.target), ExitCode::usage,
      "'{}' is a file: give the directory of a pack, or --augmented OUT.png to draw what training "
      "with this config feeds the network",
      command.target.string());
  const Pack pack(command.target);
  PackReport report{.splits = summarize(pack), .depth = {}, .duplicates = {}};
  if (!command.grid.empty()) {
    write_png(command.grid, draw_contact_sheet(pack_sheet(pack, report.splits, command.seed)));
    log.info("'{}' is drawn", command.grid.string());
  }
  report.depth = command.quick ? DuplicateSearch::Depth::exact : DuplicateSearch::Depth::near;
  report.duplicates =
      find_duplicates(pack, {.depth = report.depth, .jobs = command.jobs, .progress = progress});
  progress = nullptr;  // and with it the bar that the report would be written over
  const std::string text =
      command.json ? json_text(report_to_json(pack, report)) : report_to_text(pack, report);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return ExitCode::ok;
}

}  // namespace lockstep
