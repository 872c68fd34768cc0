#include "launcher/pack_commands/inspect_command.h"

#include <cstdio>
#include <limits>

#include "core/error.h"
#include "core/log.h"
#include "launcher/cli/option_types.h"
#include "launcher/report/inspect_grid.h"
#include "launcher/report/inspect_json.h"
#include "launcher/report/inspect_text.h"
#include "launcher/report/json_text.h"
#include "launcher/setup/inspect_augmented.h"
#include "sharding/source/image_name.h"

namespace lockstep {
namespace {

void check_options(const InspectCommand& command) {
  const bool of_pack = command.json || command.quick || !command.grid.empty();
  check(command.augmented.empty() || !of_pack, ExitCode::usage,
        "--augmented needs a config; --json, --quick and --grid need a pack");
  check(!command.augmented.empty() || command.overrides.empty(), ExitCode::usage,
        "'{}' overrides a config key, but inspect reads a config only with --augmented OUT.png",
        command.overrides.empty() ? "" : command.overrides.front());
  for (const std::filesystem::path& file : {command.grid, command.augmented}) {
    check(file.empty() || lower_extension(file) == ".png", ExitCode::usage,
          "'{}' would be a PNG file: give it a name that ends in .png", file.string());
  }
}

}  // namespace

const char* const InspectCommand::kHelp =
    R"(Reports what is in a pack: splits, image sizes and the size to
train at, classes and their balance or targets, and duplicates, especially between splits.

Examples:
  lockstep inspect data/mine                              the report
  lockstep inspect data/mine --grid mine.png              and a sheet of its images
  lockstep inspect configs/mine.yaml --augmented fed.png  what the network receives)";

void InspectCommand::add_options(CLI::App& app) {
  app.parse_complete_callback([this] { check_options(*this); });
  app.add_option("PACK|CONFIG", target,
                 "The pack's directory; for --augmented a config file, or the directory of a run")
      ->required();
  app.add_option("key=value", overrides, "With --augmented: overrides of config keys");
  app.add_flag("--json", json, "One JSON document on stdout");
  app.add_flag("--quick", quick, "Do not decode images; finds only exact duplicates");
  add_jobs(app, jobs);
  app.add_option("--grid", grid, "Draw images of the pack with their labels")->type_name("OUT.png");
  add_number(app, "--seed", seed, 0, std::numeric_limits<std::uint64_t>::max(),
             "Which images --grid draws")
      ->default_str(std::to_string(seed));
  app.add_option("--augmented", augmented,
                 "Only draw the images that training with this config feeds the\nnetwork")
      ->type_name("OUT.png");
}

ExitCode InspectCommand::run(Process&) const {
  const std::shared_ptr<spdlog::logger> log = make_console_logger();
  if (!augmented.empty()) return run_inspect_augmented(target, overrides, augmented, *log);
  return run_inspect(*this, *log, show_sample_bar("inspect"));
}

ExitCode run_inspect(const InspectCommand& command, spdlog::logger& log, Progress progress) {
  check(
      !std::filesystem::is_regular_file(command.target), ExitCode::usage,
      "'{}' is a file: give the directory of a pack, or add --augmented OUT.png to draw what this "
      "config feeds the network",
      command.target.string());
  const Pack pack(command.target);
  check(command.grid.empty() || !pack.features(), ExitCode::usage,
        "pack '{}' has features, and no images for --grid", command.target);
  PackReport report{.splits = summarize(pack), .depth = {}, .duplicates = {}};
  if (!command.grid.empty()) {
    write_png(command.grid, draw_contact_sheet(pack_sheet(pack, report.splits, command.seed)));
    log.info(message("wrote '{}'", command.grid));
  }
  const bool exact = command.quick || pack.features();  // which have no pictures
  report.depth = exact ? DuplicateSearch::Depth::exact : DuplicateSearch::Depth::near;
  report.duplicates =
      find_duplicates(pack, {.depth = report.depth, .jobs = command.jobs, .progress = progress});
  progress = nullptr;  // and with it the bar that the report would be written over
  const std::string text =
      command.json ? json_text(report_to_json(pack, report)) : report_to_text(pack, report);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return ExitCode::ok;
}

}  // namespace lockstep
