#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/error.h"
#include "sharding/read/dataset.h"

namespace lockstep {

/// Raw images in memory whose pixels and labels say which sample they are.
class FakeDataset : public Dataset {
 public:
  FakeDataset(std::uint64_t size, std::uint32_t height, std::uint32_t width, std::uint8_t channels)
      : size_(size), height_(height), width_(width), channels_(channels) {}

  std::uint64_t size() const override { return size_; }
  Encoding encoding() const override { return encoded_as; }
  LabelType label_type() const override { return label; }

  void read(std::uint64_t id, Sample& sample) const override {
    ++reads;
    sample.record = {.size = height_ * width_ * channels_,
                     .height = height_,
                     .width = width_,
                     .channels = channels_};
    sample.bytes.resize(sample.record.size);
    for (std::size_t i = 0; i < sample.bytes.size(); ++i) sample.bytes[i] = std::byte(pixel(id, i));
    sample.label = label.kind == LabelKind::int64 ? static_cast<std::int64_t>(id % 10) : -1;
    sample.targets.clear();
    for (std::uint32_t i = 0; label.has_targets() && i < label.width; ++i) {
      sample.targets.push_back(target(id, i));
    }
    if (id == damaged_id) sample.bytes.pop_back();
  }

  std::string describe(std::uint64_t id) const override {
    return "sample " + std::to_string(id) + " of split 'fake'";
  }

  static std::uint8_t pixel(std::uint64_t id, std::size_t index) {
    return static_cast<std::uint8_t>(id * 31 + index * 7 + 1);
  }

  static float target(std::uint64_t id, std::uint32_t index) {
    return static_cast<float>(id) + static_cast<float>(index) / 8;
  }

  Encoding encoded_as = Encoding::raw;  ///< of features, each row's bytes are floats
  LabelType label;                      ///< set before the first use; classes are id % 10
  std::uint64_t damaged_id = ~std::uint64_t{0};
  mutable std::atomic<int> reads = 0;

 private:
  std::uint64_t size_;
  std::uint32_t height_;
  std::uint32_t width_;
  std::uint8_t channels_;
};

}  // namespace lockstep
