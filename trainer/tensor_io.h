#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "checkpoint/snapshot.h"
#include "core/storage/safetensors.h"
#include "trainer/average/weight_average.h"
#include "trainer/lane/flat_model.h"
#include "trainer/optimizer/optimizer.h"

namespace lockstep {

/// Named tensors as a checkpoint takes them: row-major, on the host. Owns what `views` point to.
struct HostTensors {
  std::vector<at::Tensor> storage;
  std::vector<TensorView> views;

  /// Adds every entry of `flat`, its name behind `prefix`. Float32 and int64 tensors.
  void add(const at::Tensor& flat, const FlatLayout& layout, const std::string& prefix = "");
};

/// The model's parameters and buffers.
HostTensors host_copy(FlatModel& model);
/// What training needs besides the model: the optimizer's state, and the average where there is
/// one.
HostTensors host_copy(Optimizer& optimizer, WeightAverage* average, FlatModel& model);

/// Fills `flat` with the tensors of a file. Throws Error(storage) where one is missing or has
/// another type or shape.
void load_tensors(const SafetensorsFile& file, const FlatLayout& layout, at::Tensor& flat,
                  const std::string& prefix = "");

/// Which weights of a checkpoint are meant.
enum class WeightsOf { model, average };

/// Fills the model's parameters and buffers. Throws as load_tensors does, and Error(usage) where
/// the average is meant and the checkpoint keeps none.
void restore_model(const LoadedCheckpoint& checkpoint, FlatModel& model,
                   WeightsOf whose = WeightsOf::model);

/// Fills the optimizer's state, of `steps` steps. Throws as load_tensors does.
void restore_optimizer(const LoadedCheckpoint& checkpoint, const FlatModel& model,
                       std::int64_t steps, Optimizer& optimizer);

/// Whether the checkpoint keeps an average of the weights.
bool has_average(const LoadedCheckpoint& checkpoint);
/// Fills the average. Throws as load_tensors does.
void restore_average(const LoadedCheckpoint& checkpoint, const FlatModel& model,
                     WeightAverage& average);

/// Says which weights are used, to be put behind the checkpoint's name: ", the average of its
/// weights". Empty where the checkpoint keeps no average.
std::string weights_note(const LoadedCheckpoint& checkpoint, WeightsOf whose);
/// The tensors of the model, by name, as its last step left them or with its average's values. They
/// lie in the checkpoint. Throws Error(usage) where it keeps no average.
std::vector<TensorView> model_tensors(const LoadedCheckpoint& checkpoint, WeightsOf whose);

/// Bytes of one checkpoint's tensors: the model, `optimizer_tensors` tensors of its parameters'
/// size, and the average.
std::uint64_t checkpoint_bytes(const FlatModel& model, std::size_t optimizer_tensors,
                               bool with_average);

}  // namespace lockstep
