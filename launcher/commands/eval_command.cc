#include "launcher/commands/eval_command.h"

#include "launcher/cli/model_source_options.h"
#include "launcher/cli/option_types.h"
#include "launcher/cli/output_file.h"

namespace lockstep {
namespace {

/// What is measured.
void add_measures(CLI::App& app, EvalCommand& command) {
  EvalJob& job = command.job;
  add_list(app, "--by", job.by,
           "Measure groups of images too: by class, size (the shorter side), folder, or a\n"
           "column of --columns; can be repeated")
      ->type_name("COLUMN");
  app.add_option("--columns", job.columns,
                 "A table with a row for each image, known by its column `path`, else its first")
      ->type_name("FILE.csv");
  add_real(app, "--threshold", job.threshold,
           "The probability above which a label, or the second of two classes, is\n"
           "predicted; default: the model's own, else 0.5")
      ->type_name("P");
  add_number(app, "--bootstrap", job.bootstrap.resamples, 0, 1000000,
             "Resamples from which 95 % intervals follow; 0: none; default: 1000");
  add_number(app, "--bootstrap-seed", job.bootstrap.seed, 0, std::uint64_t{1} << 63,
             "Of the resamples");
  app.add_option("--against", job.against,
                 "A second run, checkpoint or file of weights: what is different on this split")
      ->type_name("RUN");
  app.add_option("--changed", job.changed,
                 "With --against: a table of the images about which the two differ")
      ->type_name("FILE.csv");
  app.add_option("--pictures", job.pictures,
                 "A page of what the model gets wrong: confusion matrix, largest losses, surest\n"
                 "mistakes, least certain, confused pairs; with --against what changed")
      ->type_name("FILE.html");
  app.add_flag("--saliency", job.saliency,
               "In it, beside each image where in it a convolutional network sees what it\n"
               "says (Grad-CAM)");
  app.add_flag("--force", command.force, "Replace these files");
}

}  // namespace

const char* const EvalCommand::kHelp =
    R"(Every image counts exactly once, on any number of ranks.

Examples:
  lockstep eval runs/fashion-mnist
  lockstep eval runs/fashion-mnist/checkpoints/step_00000468 --split train --json
  lockstep eval --weights mine.safetensors --pack data/mine
  lockstep eval runs/a --by class --by folder --tta flips
  lockstep eval runs/a --against runs/b --changed changed.csv
  lockstep eval runs/a --pictures wrong.html --saliency)";

void EvalCommand::add_options(CLI::App& app) {
  app.add_option("RUN|CHECKPOINT", job.asking.source.target,
                 "A run's directory (its best checkpoint, else its newest), or one checkpoint's;\n"
                 "left out with --weights");
  add_ranks(app, ranks);
  app.add_option("--split", job.split, "The pack's split; default: the run's data.valid");
  app.add_option("--pack", job.pack, "Use this pack instead of the run's");
  app.add_flag("--json", job.json, "One JSON document on stdout");
  add_measures(app, *this);
  add_asking(app, job.asking);
}

ExitCode EvalCommand::run(Process& process) const {
  check(job.changed.empty() || !job.against.empty(), ExitCode::usage,
        "--changed is about two models: name the second with --against");
  check(job.columns.empty() || !job.by.empty(), ExitCode::usage,
        "--columns has the columns of --by: name one of them");
  check(!job.saliency || !job.pictures.empty(), ExitCode::usage,
        "--saliency adds to a page of pictures: name one with --pictures FILE.html");
  check_two_files({"--changed", job.changed}, {"--pictures", job.pictures});
  if (!job.pictures.empty()) check_page_file("--pictures", job.pictures, force, {job.columns});
  if (!job.changed.empty()) check_output_file(job.changed, force, {job.columns});
  const Launch launch(process, OnStop::ends);
  const std::string device = device_of(job.asking.source);
  const int count = launch.count_ranks(ranks, [&] {
    return count_automatic_ranks(/*lanes=*/0, device);  // any number may evaluate
  });
  if (count > 1) return launch.start_ranks(count, device, {});
  return run_eval_rank(job, launch.start_rank());
}

}  // namespace lockstep
