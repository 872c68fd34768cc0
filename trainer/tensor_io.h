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

/// A flat tensor of a checkpoint, and the names of the tensors in it.
struct StatePart {
  at::Tensor flat;
  const FlatLayout* layout;
  std::string prefix;  ///< of each name
};

/// All tensors of a checkpoint: the model's parameters and buffers, and what training needs besides
/// (the optimizer's state, and the average where there is one). Views of what the arguments own.
struct StateParts {
  std::vector<StatePart> model, optimizer;  ///< the model's trained parameters come first
};
StateParts state_parts(FlatModel& model, Optimizer& optimizer, WeightAverage* average);

/// The tensors of parts on the host, whose bytes are in the order of memory: row-major where their
/// strides are.
std::vector<TensorView> views_in_memory(const std::vector<StatePart>& parts);

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
