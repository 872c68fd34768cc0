#include "trainer/tensor_io.h"

#include <algorithm>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace lockstep {
namespace {

/// Of the average's tensors, among the optimizer's.
constexpr const char* kAveragePrefix = "ema.";

void check_that_it_has_average(const LoadedCheckpoint& checkpoint) {
  check(has_average(checkpoint), ExitCode::usage,
        "checkpoint '{}' keeps no average of the weights: ema.decay and average.last were 0 when "
        "it was written",
        checkpoint.directory);
}

DType dtype_of(const at::Tensor& tensor) {
  if (tensor.scalar_type() == at::kFloat) return DType::f32;
  check(tensor.scalar_type() == at::kLong, ExitCode::internal,
        "a checkpoint holds float32 and int64, not {}", at::toString(tensor.scalar_type()));
  return DType::i64;
}

std::int64_t numel(const FlatEntry& entry) {
  std::int64_t product = 1;
  for (const std::int64_t size : entry.shape) product *= size;
  return product;
}

}  // namespace

StateParts state_parts(FlatModel& model, Optimizer& optimizer, WeightAverage* average) {
  StateParts parts;
  parts.model = {{model.parameters(), &model.parameter_layout(), ""},
                 {model.frozen(), &model.frozen_layout(), ""},
                 {model.buffers(), &model.buffer_layout(), ""},
                 {model.integers(), &model.integer_layout(), ""}};
  for (const auto& [name, flat] : optimizer.state()) {
    parts.optimizer.push_back({flat, &model.parameter_layout(), name + "."});
  }
  if (average != nullptr) {
    parts.optimizer.push_back({average->parameters(), &model.parameter_layout(), kAveragePrefix});
    parts.optimizer.push_back({model.frozen(), &model.frozen_layout(), kAveragePrefix});
    parts.optimizer.push_back({average->buffers(), &model.buffer_layout(), kAveragePrefix});
  }
  return parts;
}

std::vector<TensorView> views_in_memory(const std::vector<StatePart>& parts) {
  std::vector<TensorView> views;
  for (const auto& [flat, layout, prefix] : parts) {
    const auto* begin = static_cast<const std::byte*>(flat.const_data_ptr());
    const std::size_t size = flat.element_size();
    for (const FlatEntry& entry : layout->entries) {
      views.push_back({prefix + entry.name,
                       dtype_of(flat),
                       entry.shape,
                       {begin + static_cast<std::size_t>(entry.offset) * size,
                        static_cast<std::size_t>(numel(entry)) * size}});
    }
  }
  return views;
}

void load_tensors(const SafetensorsFile& file, const FlatLayout& layout, at::Tensor& flat,
                  const std::string& prefix) {
  const at::NoGradGuard no_grad;
  at::Tensor host = flat.cpu();  // the tensor itself where it is on the host
  for (const FlatEntry& entry : layout.entries) {
    const std::string name = prefix + entry.name;
    const TensorView* saved = file.find(name);
    check(saved != nullptr, ExitCode::storage,
          "the checkpoint has no tensor '{}': does it belong to another model?", name);
    check(saved->shape == entry.shape && saved->dtype == dtype_of(flat), ExitCode::storage,
          "tensor '{}' of the checkpoint is {} [{}], the model's is {} [{}]: does it belong to "
          "another model?",
          name, safetensors_name(saved->dtype), fmt::join(saved->shape, ", "),
          safetensors_name(dtype_of(flat)), fmt::join(entry.shape, ", "));
    // from_blob takes a mutable pointer; nothing writes through it.
    auto* data = const_cast<std::byte*>(saved->bytes.data());
    view_of(host, entry).copy_(at::from_blob(data, entry.shape, host.options()));
  }
  if (!flat.is_cpu()) flat.copy_(host);
}

void restore_model(const LoadedCheckpoint& checkpoint, FlatModel& model, WeightsOf whose) {
  const bool averaged = whose == WeightsOf::average;
  if (averaged) check_that_it_has_average(checkpoint);
  const SafetensorsFile& file = averaged ? checkpoint.optimizer : checkpoint.model;
  const char* const prefix = averaged ? kAveragePrefix : "";
  load_tensors(file, model.parameter_layout(), model.parameters(), prefix);
  load_tensors(file, model.frozen_layout(), model.frozen(), prefix);
  load_tensors(file, model.buffer_layout(), model.buffers(), prefix);
  load_tensors(checkpoint.model, model.integer_layout(), model.integers());
  model.rebase_buffers();
}

void restore_optimizer(const LoadedCheckpoint& checkpoint, const FlatModel& model,
                       std::int64_t steps, Optimizer& optimizer) {
  for (auto& [name, flat] : optimizer.state()) {
    load_tensors(checkpoint.optimizer, model.parameter_layout(), flat, name + ".");
  }
  optimizer.set_steps(steps);
}

bool has_average(const LoadedCheckpoint& checkpoint) {
  return std::ranges::any_of(checkpoint.optimizer.tensors(), [](const TensorView& tensor) {
    return tensor.name.starts_with(kAveragePrefix);
  });
}

void restore_average(const LoadedCheckpoint& checkpoint, const FlatModel& model,
                     WeightAverage& average) {
  load_tensors(checkpoint.optimizer, model.parameter_layout(), average.parameters(),
               kAveragePrefix);
  load_tensors(checkpoint.optimizer, model.buffer_layout(), average.buffers(), kAveragePrefix);
}

std::string weights_note(const LoadedCheckpoint& checkpoint, WeightsOf whose) {
  if (whose == WeightsOf::average) return ", the average of its weights";
  return has_average(checkpoint) ? ", its weights and not their average" : "";
}

std::vector<TensorView> model_tensors(const LoadedCheckpoint& checkpoint, WeightsOf whose) {
  const auto tensors = checkpoint.model.tensors();
  std::vector<TensorView> result(tensors.begin(), tensors.end());
  if (whose == WeightsOf::model) return result;
  check_that_it_has_average(checkpoint);
  for (TensorView& tensor : result) {
    if (tensor.dtype != DType::f32) continue;  // a counter
    const TensorView* averaged =
        checkpoint.optimizer.find(std::string(kAveragePrefix) + tensor.name);
    check(averaged != nullptr && averaged->shape == tensor.shape && averaged->dtype == tensor.dtype,
          ExitCode::storage, "the average in checkpoint '{}' has no fitting tensor '{}'",
          checkpoint.directory, tensor.name);
    tensor.bytes = averaged->bytes;
  }
  return result;
}

std::uint64_t checkpoint_bytes(const FlatModel& model, std::size_t optimizer_tensors,
                               bool with_average) {
  std::uint64_t parameters = 0, frozen = 0, buffers = 0, integers = 0;
  for (const FlatEntry& entry : model.parameter_layout().entries) parameters += 4ull * numel(entry);
  for (const FlatEntry& entry : model.frozen_layout().entries) frozen += 4ull * numel(entry);
  for (const FlatEntry& entry : model.buffer_layout().entries) buffers += 4ull * numel(entry);
  for (const FlatEntry& entry : model.integer_layout().entries) integers += 8ull * numel(entry);
  const std::uint64_t copies = with_average ? 2 : 1;
  return parameters * (copies + optimizer_tensors) + (frozen + buffers) * copies + integers;
}

}  // namespace lockstep
