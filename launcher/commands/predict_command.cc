#include "launcher/commands/predict_command.h"

#include "launcher/cli/model_source_options.h"
#include "launcher/cli/output_file.h"
#include "sharding/source/image_name.h"

namespace lockstep {
namespace {

/// `paths` told apart.
PredictJob job_of(const PredictCommand& command) {
  PredictJob job = command.job;
  job.inputs = command.paths;
  if (job.asking.source.weights.empty()) {
    job.asking.source.target = job.inputs.front();
    job.inputs.erase(job.inputs.begin());
  }
  check(!job.inputs.empty(), ExitCode::usage,
        "predict needs a model and images: lockstep predict RUN IMAGES --out FILE.csv, or a file "
        "of --weights in the place of RUN");
  return job;
}

}  // namespace

const char* const PredictCommand::kHelp =
    R"(INPUT is a folder of images (at any depth), files, or a pack. Rows are in their order: id, label,
probability (of a regression: the numbers), and error, which says why an image could not be read.

Examples:
  lockstep predict runs/mine photos/ --out photos.csv
  lockstep predict runs/mine data/test --out - --probabilities
  lockstep predict --model resnet50 --weights resnet50.pth --classes names.txt photos/ --out p.csv)";

void PredictCommand::add_options(CLI::App& app) {
  app.add_option("RUN|CHECKPOINT INPUT", paths,
                 "The model (left out with --weights), then the images")
      ->required();
  app.add_option("--out", job.out, "The table to write; -: stdout")
      ->required()
      ->type_name("FILE.csv");
  add_ranks(app, ranks);
  app.add_flag("--probabilities", job.probabilities, "A column for each class, last");
  app.add_option("--split", job.split, "Of a pack; default: test, or its only one");
  app.add_flag("--force", force, "Replace the table");
  add_asking(app, job.asking);
}

ExitCode PredictCommand::run(Process& process) const {
  const PredictJob predict_job = job_of(*this);
  std::vector<std::filesystem::path> read = predict_job.inputs;
  read.insert(read.end(), {job.asking.source.weights, job.asking.source.classes});
  if (job.out != "-") check_output_file(job.out, force, read);
  check(!format_by_name(job.out.filename().string()), ExitCode::usage,
        "--out '{}' has the name of an image, and a table is written", job.out);
  const Launch launch(process, OnStop::ends);
  const std::string device = device_of(predict_job.asking.source);
  const int count =
      launch.count_ranks(ranks, [&] { return count_automatic_ranks(/*lanes=*/0, device); });
  if (count > 1) return launch.start_ranks(count, device, {});
  return run_predict_rank(predict_job, launch.start_rank());
}

}  // namespace lockstep
