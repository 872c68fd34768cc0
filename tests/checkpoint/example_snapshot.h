#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/snapshot.h"

namespace lockstep {

/// A small snapshot that owns its tensors. What it holds is a function of `step` and `seed`.
class ExampleSnapshot {
 public:
  explicit ExampleSnapshot(std::int64_t step, int seed = 0) : count_{step} {
    for (int i = 0; i < 12; ++i) weight_.push_back(static_cast<float>(step * 100 + seed * 7 + i));
    momentum_.assign(weight_.rbegin(), weight_.rend());
    snapshot_.step = step;
    snapshot_.model = {view("conv1.weight", DType::f32, {3, 4}, weight_),
                       view("bn1.num_batches_tracked", DType::i64, {}, count_)};
    snapshot_.optimizer = {view("momentum.conv1.weight", DType::f32, {3, 4}, momentum_)};
    snapshot_.state = {{"cursor", {{"epoch", 1}, {"offset", step * 128}}}, {"lanes", 4}};
    snapshot_.config = "train: {lanes: 4}\n";
    snapshot_.pack_fingerprint = "0123456789abcdef0123456789abcdef";
    snapshot_.environment = {{"device", "cpu"}, {"threads", 1}};
    snapshot_.metrics = {{"valid/accuracy", 0.5}};
  }
  ExampleSnapshot(const ExampleSnapshot&) = delete;  // the views point into this object
  ExampleSnapshot& operator=(const ExampleSnapshot&) = delete;

  operator const Snapshot&() const { return snapshot_; }  // NOLINT: used as a Snapshot
  Snapshot* operator->() { return &snapshot_; }

  float first_weight() const { return weight_[0]; }
  std::vector<float>& weight() { return weight_; }

 private:
  template <typename T>
  static TensorView view(std::string name, DType dtype, std::vector<std::int64_t> shape,
                         const std::vector<T>& values) {
    return {std::move(name), dtype, std::move(shape), std::as_bytes(std::span(values))};
  }

  std::vector<float> weight_;
  std::vector<float> momentum_;
  std::vector<std::int64_t> count_;
  Snapshot snapshot_;
};

}  // namespace lockstep
