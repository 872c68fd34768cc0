#include "launcher/use/asked_models.h"

#include <cmath>
#include <utility>

#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>

#include "checkpoint/agreement.h"
#include "imaging/augment/augmentation.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// Whether drawn views differ from the plain one at all.
bool augments(const BatchPassOptions& options) {
  constexpr std::uint64_t kTries = 64;
  const Extent extent{options.loader.height, options.loader.width};
  const Augmentation plain = evaluation_view(options.loader.augment, extent, extent);
  for (std::uint64_t i = 0; i < kTries; ++i) {
    RandomSequence random(options.loader.seed, RandomPurpose::augmentation, 1, i);
    if (draw_augmentation(options.loader.augment, extent, extent, random) != plain) return true;
  }
  return false;
}

/// Images from which crops of the network's size are taken.
void enlarge(BatchLoaderOptions& loader) {
  double& kept = loader.augment.eval_crop;
  const double part = kept < 1 ? kept : kCroppedPart;
  loader.height = static_cast<int>(std::lround(loader.height / part));
  loader.width = static_cast<int>(std::lround(loader.width / part));
  kept = 1;
}

/// Outputs of `from` as outputs of `to`: standardised numbers may be so by other statistics.
at::Tensor converted(const at::Tensor& outputs, const Task& from, const Task& to) {
  const TaskSpec &source = from.spec(), &target = to.spec();
  if (source.target_mean == target.target_mean && source.target_std == target.target_std) {
    return outputs;
  }
  const auto row = [](const std::vector<double>& values) {
    return at::tensor(values, at::kDouble).unsqueeze(0);
  };
  const at::Tensor numbers =
      outputs.to(at::kDouble) * row(source.target_std) + row(source.target_mean);
  return ((numbers - row(target.target_mean)) / row(target.target_std)).to(at::kFloat);
}

}  // namespace

ModelSource further_source(const ModelSource& first, const fs::path& path) {
  ModelSource source;
  std::error_code error;
  const bool is_file = fs::is_regular_file(path, error);
  (is_file ? source.weights : source.target) = path;
  source.ema = first.ema && !is_file;
  source.device = first.device;
  source.precision = first.precision;
  source.batch = first.batch;
  return source;
}

void check_alike(const TrainedModel& first, const TrainedModel& other) {
  const TaskSpec &ours = first.task->spec(), &theirs = other.task->spec();
  check(ours.kind == theirs.kind, ExitCode::usage,
        "'{}' was trained for {}, and '{}' for {}: models that are compared or averaged answer the "
        "same question",
        first.name, name_of(ours.kind), other.name, name_of(theirs.kind));
  const bool both_named = first.outputs_are_named && other.outputs_are_named;
  check(ours.names.size() == theirs.names.size() && (!both_named || ours.names == theirs.names),
        ExitCode::usage,
        "'{}' and '{}' were trained on other {}: models that are compared or averaged have the "
        "same, in the same order",
        first.name, other.name, output_noun(ours.kind));
}

AskedModels::AskedModels(const Asking& asking, RankContext& context)
    : batch_(asking.source.batch), augmentation_(asking.augmentation) {
  models_.push_back(load_trained_model(asking.source, context));
  for (const fs::path& path : asking.ensemble) {
    TrainedModel model = load_trained_model(further_source(asking.source, path), context);
    check_alike(first(), model);
    for (const TrainedModel& other : models_) {
      check(other.name != model.name, ExitCode::usage, "'{}' is in the ensemble twice", model.name);
    }
    models_.push_back(std::move(model));
  }
}

std::string AskedModels::augmentation_name() const {
  if (!augmentation_.is_on()) return {};
  if (!augmentation_.views) return std::to_string(augmentation_.drawn);
  return augmentation_.views == Views::flips ? "flips" : "crops";
}

std::vector<AskedPass> AskedModels::passes(const Pack* pack) {
  check(!augmentation_.is_on() || pack == nullptr || !pack->features(), ExitCode::usage,
        "'{}' has features, of which there are no views: leave --tta away, or give the pack of the "
        "images",
        pack == nullptr ? fs::path() : pack->directory());
  std::vector<AskedPass> passes;
  for (TrainedModel& model : models_) {
    BatchPassOptions options = model.pass_options(batch_, pack);
    ImageModel* network = &model.model->model();
    if (augmentation_.views) {
      views_.push_back(make_view_model(*network, *model.task, *augmentation_.views,
                                       options.loader.height, options.loader.width));
      network = views_.back().get();
      if (augmentation_.views == Views::crops) enlarge(options.loader);
    }
    passes.push_back({*network, *model.task, options});
    if (augmentation_.views || augmentation_.drawn <= 1) continue;
    options.loader.augment.mixup = options.loader.augment.cutmix = 0;
    options.loader.epoch_sizes.clear();
    check(augments(options), ExitCode::usage,
          "'{}' was trained without augmentation, so drawn views are all the same: take --tta "
          "flips or --tta crops",
          model.name);
    for (int view = 1; view < augmentation_.drawn; ++view) {
      options.augmented = static_cast<std::uint64_t>(view);
      passes.push_back({*network, *model.task, options});
    }
  }
  return passes;
}

AllOutputs mean_outputs(const std::vector<AskedPass>& passes,
                        const std::shared_ptr<const Dataset>& dataset, DamagedSamples damaged,
                        RankContext& context, const std::string& what) {
  const Task& task = passes.front().task;
  const Answers as_they_are{static_cast<std::size_t>(task.outputs()),
                            [](const at::Tensor& outputs) { return outputs; }};
  AllOutputs result;
  std::vector<at::Tensor> of_passes;
  for (const AskedPass& pass : passes) {
    std::vector<at::Tensor> parts;
    collect_answers(pass.model, as_they_are, dataset, pass.options, damaged, context.communicator,
                    context.progress_of(what), [&](const Predictions& part) {
                      parts.push_back(part.answers.clone());  // its memory is used again
                      result.damaged.insert(part.damaged.begin(), part.damaged.end());
                    });
    if (!parts.empty()) of_passes.push_back(converted(at::cat(parts), pass.task, task));
  }
  if (of_passes.empty()) return result;  // not rank 0
  result.outputs = of_passes.size() == 1 ? of_passes.front() : task.mean_outputs(of_passes);
  return result;
}

void AskedModels::answer(std::shared_ptr<const Dataset> dataset, const Pack* pack,
                         DamagedSamples damaged, RankContext& context, const std::string& what,
                         const std::function<void(const Predictions&)>& take) {
  const std::vector<AskedPass> all_passes = passes(pack);
  if (all_passes.size() == 1) {
    const AskedPass& pass = all_passes.front();
    return predict(pass.model, pass.task, std::move(dataset), pass.options, damaged,
                   context.communicator, context.progress_of(what), take);
  }
  AllOutputs all = mean_outputs(all_passes, dataset, damaged, context, what);
  do_together(context.communicator, [&] {
    if (!all.outputs.defined()) return;
    take({.first = 0,
          .answers = first().task->predict(all.outputs).contiguous(),
          .damaged = std::move(all.damaged)});
  });
}

}  // namespace lockstep
