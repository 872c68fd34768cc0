#include "launcher/use/split_scores.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include "checkpoint/agreement.h"

namespace lockstep {
namespace {

TrueLabels read_labels(const Dataset& dataset, int outputs) {
  std::vector<std::int64_t> labels;
  std::vector<float> targets;
  dataset.visit_labels([&](std::uint64_t, const SampleLabel& label) {
    if (label.targets.empty()) {
      labels.push_back(label.number);
    } else {
      targets.insert(targets.end(), label.targets.begin(), label.targets.end());
    }
  });
  TrueLabels truths;
  const auto tensor_of = [](const auto& values, at::IntArrayRef shape, at::ScalarType type) {
    at::Tensor tensor = at::empty(shape, type);
    if (!values.empty()) std::memcpy(tensor.mutable_data_ptr(), values.data(), tensor.nbytes());
    return tensor;
  };
  if (dataset.label_type().has_targets()) {
    const auto samples = static_cast<std::int64_t>(dataset.size());
    truths.targets = tensor_of(targets, {samples, outputs}, at::kFloat);
  } else {
    truths.labels = tensor_of(labels, {static_cast<std::int64_t>(labels.size())}, at::kLong);
  }
  return truths;
}

template <typename T>
std::vector<T> values_of(const at::Tensor& tensor) {
  const at::Tensor whole = tensor.contiguous();
  return {whole.const_data_ptr<T>(), whole.const_data_ptr<T>() + whole.numel()};
}

/// Of `task`, of each sample, by batches.
std::vector<double> losses_of(const Task& task, const at::Tensor& outputs, const TrueLabels& truths,
                              int batch) {
  std::vector<double> losses;
  for (std::int64_t first = 0; first < outputs.size(0); first += batch) {
    const std::int64_t count = std::min<std::int64_t>(batch, outputs.size(0) - first);
    const at::Tensor part =
        task.losses(outputs.narrow(0, first, count), truths.batch(first, count));
    for (const float loss : values_of<float>(part)) losses.push_back(loss);
  }
  return losses;
}

ScoredSamples scored(const Task& task, const at::Tensor& outputs, const TrueLabels& truths,
                     const SplitSamples& known, int batch) {
  const bool is_number = task.spec().kind == TaskKind::regression;
  ScoredSamples samples{.numbers = known.numbers,
                        .sources = known.sources,
                        .width = static_cast<std::size_t>(task.outputs())};
  samples.outputs = values_of<float>(is_number ? task.predict(outputs) : outputs);
  if (truths.labels.defined()) samples.labels = values_of<std::int64_t>(truths.labels);
  if (truths.targets.defined()) samples.targets = values_of<float>(truths.targets);
  samples.losses = losses_of(task, outputs, truths, batch);
  return samples;
}

}  // namespace

SplitScores score_split(AskedModels& asked, const Task& task,
                        const std::shared_ptr<const Dataset>& dataset, const Pack& pack,
                        const SplitSamples& known, RankContext& context, const std::string& what) {
  const std::vector<AskedPass> passes = asked.passes(&pack);
  const AskedPass& first = passes.front();
  SplitScores result;
  at::Tensor outputs;
  const bool is_alone = passes.size() == 1;
  if (is_alone) {
    std::vector<at::Tensor> parts;
    result.evaluation =
        evaluate(first.model, task, dataset, first.options, context.communicator,
                 {.progress = context.progress_of(what)},
                 {.take = [&](const Predictions& part) { parts.push_back(part.answers.clone()); }})
            .value();  // nothing asks it to stop
    if (!parts.empty()) outputs = at::cat(parts);
  } else {
    outputs = mean_outputs(passes, dataset, DamagedSamples::fatal, context, what).outputs;
  }
  do_together(context.communicator, [&] {
    if (context.communicator.rank() != 0) return;
    const TrueLabels truths = read_labels(*dataset, task.outputs());
    if (!is_alone) result.evaluation = evaluate_outputs(task, outputs, truths, first.options.batch);
    result.samples = scored(task, outputs, truths, known, first.options.batch);
  });
  return result;
}

}  // namespace lockstep
