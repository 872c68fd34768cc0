#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/storage/safetensors.h"

namespace lockstep {

/// A file of weights, all in memory: floating-point tensors as float32, whole numbers as int64.
struct WeightFile {
  struct Entry {
    std::string name;  ///< without the wrappers that `notes` tells of
    at::Tensor value;  ///< dense, row-major; not to be written to
  };
  std::filesystem::path path;
  std::string network = {};    ///< of the catalog, where it is known; else empty
  std::string hash;            ///< XXH3-128 of the file
  std::vector<Entry> tensors;  ///< in name order
  /// `__metadata__` of a safetensors file.
  std::map<std::string, std::string> metadata;
  /// What was seen through to find the tensors, and the types that were converted, one line each.
  std::vector<std::string> notes;
  std::shared_ptr<const std::string> content;  ///< of the file, in which tensors may lie
};

/// Reads a safetensors file, or what torch.save makes of a state dict (.pth, .pt, .bin; the format
/// of today and the one before PyTorch 1.6): tensors in plain containers, of which the usual
/// wrappers are seen through (`state_dict`, `model`, … and the prefixes `module.`, `model.`, …).
/// Nothing in the file is executed. Takes memory for the file, and for those of its
/// tensors that are converted. Throws
/// Error(data) that names the file where it is something else, damaged, or holds a number that is
/// not finite.
WeightFile read_weight_file(const std::filesystem::path& path);

/// The same of tensors that were read otherwise, such as a checkpoint's; `path` is for messages.
WeightFile copy_weights(std::span<const TensorView> tensors, const std::filesystem::path& path);

}  // namespace lockstep
