#include "launcher/run/eval_rank.h"

#include <cstdio>
#include <optional>

#include <nlohmann/json.hpp>

#include "checkpoint/selection.h"
#include "launcher/config/config.h"
#include "launcher/rank/rank_device.h"
#include "launcher/run/data_setup.h"
#include "models/image_model.h"
#include "trainer/evaluation.h"
#include "trainer/lane/flat_model.h"
#include "trainer/lane_runner.h"
#include "trainer/tensor_io.h"
#include "trainer/training_state.h"

namespace lockstep {
namespace {

void print_table(const ChosenCheckpoint& chosen, const std::string& split, const MetricSums& sums) {
  fmt::print(
      "checkpoint      {} ({})\n"
      "state digest    {}\n"
      "split           {}, {} images\n"
      "accuracy        {:.2f} % ({} right)\n"
      "top-5 accuracy  {:.2f} %\n"
      "loss            {:.4f}\n",
      chosen.checkpoint.directory.string(), chosen.reason, chosen.checkpoint.manifest.state_digest,
      split, sums.count, 100 * sums.accuracy(), sums.top1, 100 * sums.top5_accuracy(),
      sums.mean_loss());
}

void print_json(const ChosenCheckpoint& chosen, const std::string& split, const MetricSums& sums) {
  const nlohmann::json document = {{"checkpoint", chosen.checkpoint.directory.string()},
                                   {"reason", chosen.reason},
                                   {"step", chosen.checkpoint.manifest.step},
                                   {"state_digest", chosen.checkpoint.manifest.state_digest},
                                   {"split", split},
                                   {"evaluated", sums.count},
                                   {"correct", sums.top1},
                                   {"accuracy", sums.accuracy()},
                                   {"top5_accuracy", sums.top5_accuracy()},
                                   {"loss", sums.mean_loss()}};
  fmt::print("{}\n", document.dump(2));
}

}  // namespace

ExitCode run_eval_rank(const EvalJob& job, RankContext& context) {
  context.phase = "reading the checkpoint";
  const ChosenCheckpoint chosen = choose_checkpoint(context.communicator, job.target);
  const LoadedCheckpoint& checkpoint = chosen.checkpoint;
  Config config = parse_config(checkpoint.manifest.config, "the checkpoint's config");
  if (!job.pack.empty()) config.data.pack = job.pack.string();
  if (!job.device.empty()) config.train.device = job.device;
  const std::string split = job.split.empty() ? config.data.valid : job.split;

  make_deterministic(std::max(config.train.threads, 1));
  const RankDevice device(config.train.device, context.communicator);
  const Pack pack = open_classification_pack(config.data.pack);
  const InputSpec input = training_state_from_json(checkpoint.state).input;
  check(pack.classes() == input.classes, ExitCode::data,
        "the classes of pack '{}' are not those that the model knows ({} and {} of them): its "
        "answers would mean nothing",
        config.data.pack, pack.classes().size(), input.classes.size());
  FlatModel model(make_model(config.model, model_shape(input), config.run.seed), device.device());
  load_tensors(checkpoint.model, model.parameter_layout(), model.parameters());
  load_tensors(checkpoint.model, model.buffer_layout(), model.buffers());

  context.phase = "evaluating";
  const std::shared_ptr<const Dataset> dataset = pack.split(split);
  const EvaluationOptions options{
      .loader = loader_options(config, input),
      .batch = job.batch > 0 ? job.batch : config.train.batch,
      .precision = resolve_precision(config.train.precision, device.device(), device.has_bf16()),
      .device = device.device()};
  ProgressEvent progress{.phase = "evaluate"};
  const std::optional<MetricSums> sums =
      evaluate(model.model(), dataset, options, device.communicator(),
               {.stop_requested = [&] { return context.stop.requested(); },
                .progress =
                    [&](std::uint64_t done, std::uint64_t total) {
                      progress.step = static_cast<std::int64_t>(done);
                      progress.steps = static_cast<std::int64_t>(total);
                      context.progress(progress);
                    }});
  if (!sums) return ExitCode::requeue;
  if (context.communicator.rank() == 0) (job.json ? print_json : print_table)(chosen, split, *sums);
  return ExitCode::ok;
}

}  // namespace lockstep
