#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace lockstep {

/// What a batch's pixels are.
enum class PixelFormat {
  floats,  ///< normalised: what a network takes
  bytes,   ///< as decoded, 0 to 255: a quarter of the memory, to be normalised where they go
};

/// One batch as the network takes it. The memory is somebody else's.
struct ImageBatch {
  std::uint64_t index = 0;  ///< that of its BatchRequest
  int count = 0;            ///< samples
  int height = 0;
  int width = 0;
  int channels = 0;
  int features = 0;  ///< of a sample; where not 0, `images` are these: [count, features]
  /// [count, height, width, channels], 64-byte aligned; one of the two is empty.
  std::span<const float> images;
  std::span<const std::uint8_t> pixels;
  std::span<const std::int64_t> labels;  ///< [count], of labels that are classes; else empty
  /// [count, target_width], of labels that are numbers or flags; else empty.
  std::span<const float> targets;
  int target_width = 0;
  std::span<const float> weights;  ///< [count], of each sample in the loss
  /// Where samples are mixed (mixup, CutMix): the other sample's label or targets, and its part in
  /// this one, at most a half, [count]. Else empty.
  std::span<const std::int64_t> mix_labels;
  std::span<const float> mix_targets;  ///< [count, target_width]
  std::span<const float> mix_shares;
};

/// Gives memory for a batch's images, 64-byte aligned, called once for each batch, from any thread.
/// The memory is given back when nothing refers to it any more.
using BatchAllocator = std::function<std::shared_ptr<std::byte>(std::size_t bytes)>;

/// Memory for the images of one batch after another: its own, which grows and never shrinks, or an
/// allocator's, asked again for each batch.
class BatchMemory {
 public:
  static constexpr std::align_val_t kAlignment{64};

  /// `count` items; undefined until they are written.
  template <typename T>
  std::span<T> take(std::size_t count, const BatchAllocator& allocator) {
    const std::size_t bytes = count * sizeof(T);
    if (allocator) {
      bytes_.reset();  // before the next is asked for, which may be the same again
      bytes_ = allocator(bytes);
    } else if (bytes > capacity_) {
      bytes_.reset(static_cast<std::byte*>(::operator new[](bytes, kAlignment)),
                   [](std::byte* memory) { ::operator delete[](memory, kAlignment); });
      capacity_ = bytes;
    }
    return {reinterpret_cast<T*>(bytes_.get()), count};
  }

 private:
  std::shared_ptr<std::byte> bytes_;
  std::size_t capacity_ = 0;
};

/// Memory for one batch after another.
struct BatchBuffer {
  ImageBatch batch;  ///< views of what follows
  BatchMemory images;
  std::vector<std::int64_t> labels;
  std::vector<float> targets;
  std::vector<float> weights;
  std::vector<std::int64_t> mix_labels;
  std::vector<float> mix_targets;
  std::vector<float> mix_shares;
};

}  // namespace lockstep
