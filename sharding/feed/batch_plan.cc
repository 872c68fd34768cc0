#include "sharding/feed/batch_plan.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace lockstep {

BatchPlan training_batches(const TrainingBatchesOptions& options) {
  assert(options.batch > 0 && 0 <= options.first_lane && options.first_lane < options.last_lane &&
         options.last_lane <= options.lanes);
  const auto lanes = static_cast<std::uint64_t>(options.lanes);
  const auto batch = static_cast<std::uint64_t>(options.batch);
  const auto first_lane = static_cast<std::uint64_t>(options.first_lane);
  const auto own_lanes = static_cast<std::uint64_t>(options.last_lane) - first_lane;
  const EpochShape shape{options.samples, lanes * batch};
  check_epoch_shape(shape);
  const Cursor start = advance(options.start, 0, shape);

  std::shared_ptr<const SampleOrder> order = options.order;
  if (!order) order = full_shuffle(options.samples, options.seed);

  return [=](std::uint64_t k) -> std::optional<BatchRequest> {
    const std::uint64_t step = k / own_lanes;
    const std::uint64_t lane = first_lane + k % own_lanes;
    const Cursor cursor = advance(start, step, shape);
    BatchRequest request;
    request.index = step * lanes + lane;
    request.epoch = cursor.epoch;
    request.first_position = cursor.offset + lane * batch;
    request.augment = true;
    request.ids.resize(batch);
    order->take(cursor.epoch, request.first_position, request.ids);
    if (lane == first_lane) {
      request.read_ahead =
          order->read_ahead(cursor.epoch, cursor.offset, shape.global_batch, step == 0);
    }
    return request;
  };
}

BatchPlan evaluation_batches(std::uint64_t samples, int batch, int rank, int ranks) {
  assert(batch > 0 && 0 <= rank && rank < ranks);
  return [=, size = static_cast<std::uint64_t>(batch)](
             std::uint64_t k) -> std::optional<BatchRequest> {
    const std::uint64_t batches = samples / size + (samples % size != 0);
    const auto stride = static_cast<std::uint64_t>(ranks);
    const auto first = static_cast<std::uint64_t>(rank);
    if (first >= batches || k > (batches - 1 - first) / stride) return std::nullopt;
    BatchRequest request;
    request.index = first + k * stride;
    request.first_position = request.index * size;
    request.ids.resize(std::min(size, samples - request.first_position));
    std::iota(request.ids.begin(), request.ids.end(), request.first_position);
    return request;
  };
}

}  // namespace lockstep
