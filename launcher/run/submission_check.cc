#include "launcher/run/submission_check.h"

#include "launcher/run/resolved_run.h"
#include "launcher/run/resume.h"
#include "launcher/setup/data_setup.h"
#include "launcher/setup/run_directory.h"

namespace lockstep {

int check_before_queue(const TrainJob& job, int ranks, spdlog::logger& log) {
  const RunDirectory directory(job.config.run.dir);
  check_outside_packs(directory);
  const auto communicator = make_single_communicator();
  const RankDevice device("cpu", *communicator);
  TrainingData data = open_training_data(job.config.data);
  const StartPoint start = peek_for_resume(job, directory);
  InitialWeights weights;
  if (!start.checkpoint) weights = read_initial_weights(job.config.model, *communicator);
  return resolve_run(job, data, start, weights, device, ranks, log).plan.lanes;
}

}  // namespace lockstep
