#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/safetensors.h"
#include "trainer/flat_model.h"

namespace lockstep {

/// Named tensors as a checkpoint takes them: row-major, on the host. Owns what `views` point to.
struct HostTensors {
  std::vector<at::Tensor> storage;
  std::vector<TensorView> views;

  /// Adds every entry of `flat`, its name behind `prefix`. Float32 and int64 tensors.
  void add(const at::Tensor& flat, const FlatLayout& layout, const std::string& prefix = "");
};

/// Fills `flat` with the tensors of a file. Throws Error(storage) where one is missing or has
/// another type or shape.
void load_tensors(const SafetensorsFile& file, const FlatLayout& layout, at::Tensor& flat,
                  const std::string& prefix = "");

/// Bytes of one checkpoint's tensors: the model, and `optimizer_tensors` tensors of its parameters'
/// size.
std::uint64_t checkpoint_bytes(const FlatModel& model, std::size_t optimizer_tensors);

}  // namespace lockstep
