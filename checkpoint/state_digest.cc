#include "checkpoint/state_digest.h"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "core/hash.h"

namespace lockstep {
namespace {

void add_field(Hasher& hasher, std::span<const std::byte> field) {
  const std::uint64_t length = field.size();
  hasher.update(std::as_bytes(std::span(&length, 1)));
  hasher.update(field);
}

void add_tensors(Hasher& hasher, std::string_view prefix, std::span<const TensorView> tensors) {
  std::vector<const TensorView*> order;
  for (const TensorView& tensor : tensors) order.push_back(&tensor);
  std::ranges::sort(order, {}, &TensorView::name);
  for (const TensorView* tensor : order) {
    const std::string name = fmt::format("{}{}", prefix, tensor->name);
    add_field(hasher, std::as_bytes(std::span(name)));
    add_field(hasher, std::as_bytes(std::span(safetensors_name(tensor->dtype))));
    add_field(hasher, std::as_bytes(std::span(tensor->shape)));
    add_field(hasher, tensor->bytes);
  }
}

}  // namespace

std::string state_digest(std::span<const TensorView> model, std::span<const TensorView> optimizer) {
  Hasher hasher;
  add_tensors(hasher, "model/", model);
  add_tensors(hasher, "optimizer/", optimizer);
  return hasher.hex();
}

}  // namespace lockstep
