#include "sharding/feed/batch_loader_options.h"

#include <algorithm>
#include <cassert>

namespace lockstep {

InputSize size_of(const BatchLoaderOptions& options, const BatchRequest& request) {
  if (!request.augment || options.epoch_sizes.empty()) return {options.height, options.width};
  assert(options.epochs > 0);
  const std::uint64_t sizes = options.epoch_sizes.size();
  const std::uint64_t part = std::min(request.epoch, options.epochs - 1) * sizes / options.epochs;
  const int side = options.epoch_sizes[static_cast<std::size_t>(part)];
  return {side, side};
}

std::size_t batches_held(const BatchLoaderOptions& options) {
  if (options.workers == 0) return 1;
  return static_cast<std::size_t>(std::max(options.prefetch, options.workers)) + 1;
}

std::uint64_t image_bytes_held(const BatchLoaderOptions& options, int batch) {
  std::uint64_t pixels = std::uint64_t(options.height) * std::uint64_t(options.width);
  for (const int side : options.epoch_sizes) {
    pixels = std::max(pixels, std::uint64_t(side) * std::uint64_t(side));
  }
  const std::uint64_t samples = batches_held(options) * std::uint64_t(batch);
  if (options.features > 0) return samples * options.features * sizeof(float);
  const std::uint64_t item = options.format == PixelFormat::floats ? sizeof(float) : 1;
  return samples * pixels * std::uint64_t(options.channels) * item;
}

}  // namespace lockstep
