#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sharding/feed/batch_loader.h"
#include "sharding/read/dataset.h"

namespace lockstep {

/// `size` grey images of 8x8 noise, of `classes` classes; sample i is always the same.
class TinyData final : public Dataset {
 public:
  explicit TinyData(std::uint64_t size, int classes = 10) : size_(size), classes_(classes) {}

  std::uint64_t size() const override { return size_; }
  Encoding encoding() const override { return Encoding::raw; }
  LabelType label_type() const override { return {}; }
  std::string describe(std::uint64_t id) const override { return "sample " + std::to_string(id); }
  void read(std::uint64_t id, Sample& sample) const override {
    sample.record = {.offset = 0, .size = 64, .height = 8, .width = 8, .channels = 1, .hash = 0};
    sample.bytes.resize(64);
    std::uint64_t state = id * 0x9e3779b97f4a7c15ull + 1;
    for (std::byte& pixel : sample.bytes) {
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      pixel = static_cast<std::byte>(state >> 56);
    }
    sample.label = static_cast<std::int64_t>(state >> 33) % classes_;
  }

 private:
  std::uint64_t size_;
  int classes_;
};

/// Loaders for TinyData, in this thread.
inline BatchLoaderOptions tiny_loader() {
  BatchLoaderOptions options;
  options.height = options.width = 8;
  options.channels = 1;
  options.mean = {0.5f};
  options.std = {0.25f};
  options.workers = 0;
  return options;
}

}  // namespace lockstep
