#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace lockstep {

/// One batch as the network takes it. The memory is somebody else's.
struct ImageBatch {
  std::uint64_t index = 0;  ///< that of its BatchRequest
  int count = 0;            ///< samples
  int height = 0;
  int width = 0;
  int channels = 0;
  std::span<const float> images;  ///< [count, height, width, channels], normalised; 64-byte aligned
  std::span<const std::int64_t> labels;  ///< [count]
  std::span<const float> weights;        ///< [count], of each sample in the loss
};

/// Floats that start on a cache line. Grows, never shrinks; growing does not keep the content.
class AlignedFloats {
 public:
  static constexpr std::align_val_t kAlignment{64};

  /// The first `count` floats; undefined until they are written.
  std::span<float> take(std::size_t count) {
    if (count > capacity_) {
      floats_.reset(static_cast<float*>(::operator new[](count * sizeof(float), kAlignment)));
      capacity_ = count;
    }
    return {floats_.get(), count};
  }

 private:
  struct Delete {
    void operator()(float* floats) const { ::operator delete[](floats, kAlignment); }
  };
  std::unique_ptr<float[], Delete> floats_;
  std::size_t capacity_ = 0;
};

/// Memory for one batch after another.
struct BatchBuffer {
  ImageBatch batch;  ///< views of what follows
  AlignedFloats images;
  std::vector<std::int64_t> labels;
  std::vector<float> weights;
};

}  // namespace lockstep
