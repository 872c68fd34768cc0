#include "launcher/commands/relabel_command.h"

#include "launcher/cli/model_source_options.h"
#include "launcher/cli/option_types.h"
#include "launcher/cli/output_file.h"

namespace lockstep {
const char* const RelabelCommand::kHelp =
    R"(A label is listed where the model's answer is another class, with at least the mean probability that
it gives to that class in the images that are labelled so (--at-least: another probability). The surest come first. Look at them, take out
what is right as it is, and give the rest to `lockstep pack --fix`.

Examples:
  lockstep relabel runs/mine --out labels.csv --pictures labels.html
  lockstep relabel runs/mine --split test --at-least 0.9 --out labels.csv
  lockstep pack images/ --fix labels.csv --out data/mine --force)";

void RelabelCommand::add_options(CLI::App& app) {
  app.add_option("RUN|CHECKPOINT", job.source.target,
                 "A run's directory (its best checkpoint, else its newest), or one checkpoint's;\n"
                 "left out with --weights");
  app.add_option("--out", job.out, "The table to write; -: stdout")
      ->required()
      ->type_name("FILE.csv");
  app.add_option(
         "--pictures", job.pictures,
         "A page of the first 100 of them: each picture, its label, and what the model says")
      ->type_name("FILE.html");
  add_ranks(app, ranks);
  app.add_option("--split", job.split, "The pack's split; default: the run's data.valid");
  app.add_option("--pack", job.pack, "Use this pack instead of the run's");
  add_fraction(app, "--at-least", job.least,
               "What an answer needs, instead of that mean probability: 0.5 lists more");
  app.add_flag("--force", force, "Replace these files");
  add_model_source(app, job.source);
}

ExitCode RelabelCommand::run(Process& process) const {
  const std::vector<std::filesystem::path> read = {job.source.weights, job.source.classes};
  check_two_files({"--out", job.out}, {"--pictures", job.pictures});
  if (job.out != "-") check_output_file(job.out, force, read);
  if (!job.pictures.empty()) check_page_file("--pictures", job.pictures, force, read);
  const Launch launch(process, OnStop::ends);
  const std::string device = device_of(job.source);
  const int count =
      launch.count_ranks(ranks, [&] { return count_automatic_ranks(/*lanes=*/0, device); });
  if (count > 1) return launch.start_ranks(count, device, {});
  return run_relabel_rank(job, launch.start_rank());
}

}  // namespace lockstep
