#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace lockstep {

/// One tensor inside a flat one.
struct FlatEntry {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  ///< dense; channels-last for a convolution's weight
  std::int64_t offset = 0;            ///< in elements; a multiple of 64 bytes
};

/// Where each tensor lies in a flat buffer of `elements`.
struct FlatLayout {
  std::vector<FlatEntry> entries;
  std::int64_t elements = 0;
};

/// The view of `entry` into `flat`.
at::Tensor view_of(const at::Tensor& flat, const FlatEntry& entry);

/// Adds a tensor like `tensor` at the layout's end.
void append(FlatLayout& layout, const std::string& name, const at::Tensor& tensor);

}  // namespace lockstep
