#include "trainer/step/made_up_batch.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

namespace lockstep {

DeviceBatch made_up_batch(const InputSpec& input, InputSize size, std::uint32_t features,
                          const TaskSpec& task, int count, at::Device device) {
  const auto options = at::TensorOptions().device(device).dtype(at::kFloat);
  DeviceBatch batch;
  batch.images = features > 0 ? at::zeros({count, std::int64_t{features}}, options)
                              : at::zeros({count, input.channels, size.height, size.width}, options)
                                    .contiguous(at::MemoryFormat::ChannelsLast);
  batch.weights = at::ones({count}, options);
  if (task.kind == TaskKind::classification) {
    batch.labels = at::zeros({count}, options.dtype(at::kLong));
  } else {
    batch.targets = at::zeros({count, static_cast<std::int64_t>(task.names.size())}, options);
  }
  return batch;
}

}  // namespace lockstep
