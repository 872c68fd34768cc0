#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include "models/network/image_model.h"

namespace lockstep {

// The weights and images of the golden values: functions of their names, the same here and in
// tools/golden/models.py.

inline std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return value;
}

/// [count] float64 in [-1, 1), by splitmix64 of a counter that begins at the name's hash.
inline at::Tensor uniform_values(std::string_view name, std::int64_t count) {
  at::Tensor values = at::empty({count}, at::kDouble);
  auto* value = values.mutable_data_ptr<double>();
  std::uint64_t state = fnv1a(name);
  for (std::int64_t i = 0; i < count; ++i) {
    std::uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    z ^= z >> 31;
    value[i] = static_cast<double>(z >> 11) * 0x1p-52 - 1;
  }
  return values;
}

/// What a parameter or buffer of that name holds.
inline at::Tensor formula_values(const std::string& name, const at::Tensor& like) {
  const at::Tensor u = uniform_values(name, like.numel()).view(like.sizes());
  const std::string last = name.substr(name.rfind('.') + 1);
  if (last == "running_var") return 1 + 0.5 * u;
  if (last == "layer_scale") return 0.5 + 0.1 * u;
  if (last == "pos_embedding" || last == "class_token" || last == "running_mean" ||
      last.ends_with("bias")) {
    return 0.1 * u;
  }
  if (like.dim() == 1) return 1 + 0.1 * u;
  return u * std::sqrt(3.0 * static_cast<double>(like.size(0)) / static_cast<double>(like.numel()));
}

inline void fill_by_formula(ImageModel& model) {
  const at::NoGradGuard no_grad;
  for (auto& item : model.named_parameters()) {
    item.value().copy_(formula_values(item.key(), item.value()));
  }
  for (auto& item : model.named_buffers()) {
    if (item.value().dim() > 0) {  // counters of batches have none
      item.value().copy_(formula_values(item.key(), item.value()));
    }
  }
}

}  // namespace lockstep
