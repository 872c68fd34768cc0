#include "trainer/lane/flat_layout.h"

#include <ATen/ops/empty.h>

namespace lockstep {
namespace {

constexpr std::int64_t kAlignment = 64;  // bytes

std::vector<std::int64_t> dense_strides(const at::Tensor& tensor) {
  const auto format =
      tensor.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  return at::empty(tensor.sizes(), tensor.options().device(at::kMeta).memory_format(format))
      .strides()
      .vec();
}

}  // namespace

at::Tensor view_of(const at::Tensor& flat, const FlatEntry& entry) {
  return flat.as_strided(entry.shape, entry.strides, flat.storage_offset() + entry.offset);
}

void append(FlatLayout& layout, const std::string& name, const at::Tensor& tensor) {
  layout.entries.push_back({name, tensor.sizes().vec(), dense_strides(tensor), layout.elements});
  const auto step = kAlignment / static_cast<std::int64_t>(tensor.element_size());
  layout.elements += (tensor.numel() + step - 1) / step * step;
}

}  // namespace lockstep
