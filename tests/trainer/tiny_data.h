#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sharding/feed/batch_loader.h"
#include "sharding/read/dataset.h"
#include "trainer/task/task_spec.h"

namespace lockstep {

/// What TinyData's labels are for each task.
inline TaskSpec tiny_task(TaskKind kind) {
  TaskSpec spec{.kind = kind, .names = {"a", "b", "c"}, .target_mean = {}, .target_std = {}};
  if (kind == TaskKind::classification) {
    for (char name = 'd'; spec.names.size() < 10; ++name) spec.names.emplace_back(1, name);
  } else if (kind == TaskKind::regression) {
    spec.target_mean = {0.5, 5, 50};
    spec.target_std = {0.3, 3, 30};
  }
  return spec;
}

/// `size` grey images of 8x8 noise with labels for `kind`; sample i is always the same.
class TinyData final : public Dataset {
 public:
  explicit TinyData(std::uint64_t size, TaskKind kind = TaskKind::classification)
      : size_(size), kind_(kind) {}

  std::uint64_t size() const override { return size_; }
  Encoding encoding() const override { return Encoding::raw; }
  LabelType label_type() const override {
    switch (kind_) {
      case TaskKind::classification:
        break;
      case TaskKind::multi_label:
        return {LabelKind::uint8, 3};
      case TaskKind::regression:
        return {LabelKind::float32, 3};
    }
    return {LabelKind::int64, 1};
  }
  std::string describe(std::uint64_t id) const override { return "sample " + std::to_string(id); }
  void read(std::uint64_t id, Sample& sample) const override {
    sample.record = {.offset = 0, .size = 64, .height = 8, .width = 8, .channels = 1, .hash = 0};
    sample.bytes.resize(64);
    std::uint64_t state = id * 0x9e3779b97f4a7c15ull + 1;
    for (std::byte& pixel : sample.bytes) {
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      pixel = static_cast<std::byte>(state >> 56);
    }
    sample.label = -1;
    sample.targets.clear();
    const auto number = static_cast<std::int64_t>(state >> 33);
    if (kind_ == TaskKind::classification) sample.label = number % 10;
    for (int i = 0; kind_ == TaskKind::multi_label && i < 3; ++i) {
      sample.targets.push_back(static_cast<float>((number >> i) & 1));
    }
    for (float unit : {1.0f, 10.0f, 100.0f}) {
      if (kind_ != TaskKind::regression) break;
      sample.targets.push_back(unit * static_cast<float>(number % 1000) / 1000);
    }
  }

 private:
  std::uint64_t size_;
  TaskKind kind_;
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
