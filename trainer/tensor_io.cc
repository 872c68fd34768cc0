#include "trainer/tensor_io.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "trainer/lane/host_copy.h"

namespace lockstep {
namespace {

DType dtype_of(const at::Tensor& tensor) {
  if (tensor.scalar_type() == at::kFloat) return DType::f32;
  check(tensor.scalar_type() == at::kLong, ExitCode::internal,
        "a checkpoint holds float32 and int64, not {}", at::toString(tensor.scalar_type()));
  return DType::i64;
}

/// `flat` itself where it is on the host, else a copy, by way of pinned memory.
at::Tensor on_host(const at::Tensor& flat) {
  if (flat.is_cpu()) return flat;
  const HostCopy copy(flat);
  copy.wait();
  return copy.values();
}

std::int64_t numel(const FlatEntry& entry) {
  std::int64_t product = 1;
  for (const std::int64_t size : entry.shape) product *= size;
  return product;
}

}  // namespace

void HostTensors::add(const at::Tensor& flat, const FlatLayout& layout, const std::string& prefix) {
  const at::NoGradGuard no_grad;
  const at::Tensor host = on_host(flat);
  for (const FlatEntry& entry : layout.entries) {
    const at::Tensor tensor =
        storage.emplace_back(view_of(host, entry).clone(at::MemoryFormat::Contiguous));
    const auto* data = static_cast<const std::byte*>(tensor.const_data_ptr());
    views.push_back({prefix + entry.name, dtype_of(tensor), entry.shape, {data, tensor.nbytes()}});
  }
}

HostTensors host_copy(FlatModel& model) {
  HostTensors tensors;
  tensors.add(model.parameters(), model.parameter_layout());
  tensors.add(model.buffers(), model.buffer_layout());
  tensors.add(model.integers(), model.integer_layout());
  return tensors;
}

HostTensors host_copy(Optimizer& optimizer, const FlatModel& model) {
  HostTensors tensors;
  for (const auto& [name, flat] : optimizer.state()) {
    tensors.add(flat, model.parameter_layout(), name + ".");
  }
  return tensors;
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

void restore_model(const LoadedCheckpoint& checkpoint, FlatModel& model) {
  load_tensors(checkpoint.model, model.parameter_layout(), model.parameters());
  load_tensors(checkpoint.model, model.buffer_layout(), model.buffers());
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

std::uint64_t checkpoint_bytes(const FlatModel& model, std::size_t optimizer_tensors) {
  std::uint64_t parameters = 0, others = 0;
  for (const FlatEntry& entry : model.parameter_layout().entries) parameters += 4ull * numel(entry);
  for (const FlatEntry& entry : model.buffer_layout().entries) others += 4ull * numel(entry);
  for (const FlatEntry& entry : model.integer_layout().entries) others += 8ull * numel(entry);
  return parameters * (1 + optimizer_tensors) + others;
}

}  // namespace lockstep
