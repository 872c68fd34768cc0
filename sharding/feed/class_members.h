#pragma once

#include <cstdint>
#include <vector>

#include "sharding/read/dataset.h"

namespace lockstep {

/// Which samples are of which class. Holds one entry for each run of consecutive samples of one
/// class: a few for a split that is sorted by class, as packs of folders are, and at most 16 bytes
/// a sample. Classes without a sample are left out. Thread-safe.
class ClassMembers {
 public:
  /// Reads every label once. Throws Error(usage) where labels are not classes, Error(data) where a
  /// sample has none.
  explicit ClassMembers(const Dataset& dataset);

  std::uint64_t samples() const { return samples_; }
  /// Classes that have samples; `index` below counts these.
  std::size_t classes() const { return present_.size(); }
  std::uint64_t count(std::size_t index) const { return present_[index].count; }
  /// The id of the class's `member`-th sample, in the order of ids.
  std::uint64_t id(std::size_t index, std::uint64_t member) const;

  /// For each class label, up to the largest: the weight with which each of its samples counts, so
  /// that all classes count alike and the mean weight over all samples is 1. 0 for a class without
  /// a sample.
  std::vector<float> weights() const;

 private:
  struct Run {
    std::uint64_t first_id = 0;
    std::uint64_t members_before = 0;
  };
  struct Class {
    std::int64_t label = 0;
    std::uint64_t count = 0;
    std::vector<Run> runs;
  };
  std::uint64_t samples_ = 0;
  std::vector<Class> present_;  ///< by label
};

}  // namespace lockstep
