#include "launcher/run_commands/report_command.h"

#include <cstdio>
#include <ctime>

#include <fmt/chrono.h>

#include "core/printable.h"
#include "core/storage/new_file.h"
#include "core/storage/staging.h"
#include "launcher/cli/option_types.h"
#include "launcher/cli/output_file.h"
#include "launcher/rank/version.h"
#include "launcher/run_report/report_page.h"

namespace lockstep {

const char* const ReportCommand::kHelp =
    R"(The page is one file that needs no network. It has curves, with a band over runs that differ in the seed
alone, what sets the runs apart, gaps to the goal, what to try next, and where all this comes from. It is made
of the runs' files; nothing is evaluated. An older page is replaced.

Examples:
  lockstep report runs/mine
  lockstep report runs/lr-* --out rates.html
  lockstep eval runs/mine --json > eval.json && lockstep report runs/mine --eval eval.json)";

void ReportCommand::add_options(CLI::App& app) {
  app.add_option("RUN", runs, "The directory of a run, or of a job array; or several")->required();
  app.add_option("--out", out, "The page")->type_name("FILE.html")->capture_default_str();
  add_list(app, "--eval", evaluations,
           "What `lockstep eval RUN --json` has printed: each class, and the confusion\n"
           "matrix; can be repeated")
      ->type_name("FILE.json");
  add_list(app, "--pictures", pictures,
           "What `lockstep eval RUN --pictures FILE.html` has written; can be repeated")
      ->type_name("FILE.html");
}

ExitCode ReportCommand::run(Process& process) const {
  std::vector<std::filesystem::path> read = evaluations;
  read.insert(read.end(), pictures.begin(), pictures.end());
  check_output_file(out, /*replace=*/true, read);
  std::vector<EvalDocument> documents;
  for (const std::filesystem::path& file : evaluations) {
    documents.push_back(read_eval_document(file));
  }
  std::vector<PicturePage> pages;
  for (const std::filesystem::path& file : pictures) pages.push_back(read_picture_page(file));
  const std::vector<ReportedRun> all = read_reported_runs(runs, process.environment);
  const std::string time = fmt::format("{:%Y-%m-%d %H:%M}", fmt::localtime(std::time(nullptr)));
  const std::string page = report_html(all, documents, pages, {.version = kVersion, .time = time});
  write_beside(out, [&](const std::filesystem::path& beside) { write_file(beside, page); });
  fmt::print("{}: {} {}\n", printable(out.string()), all.size(), all.size() == 1 ? "run" : "runs");
  return ExitCode::ok;
}

}  // namespace lockstep
