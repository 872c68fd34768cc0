#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "sharding/read/dataset.h"

namespace lockstep {

/// One sample as it is read.
struct Row {
  std::vector<std::byte> bytes;
  std::int64_t label = -1;
  std::vector<float> targets;

  bool operator==(const Row&) const = default;
};

/// All samples of `dataset`, which must have the same labels when they are visited.
inline std::vector<Row> rows_of(const Dataset& dataset) {
  std::vector<Row> rows;
  Sample sample;
  for (std::uint64_t id = 0; id < dataset.size(); ++id) {
    dataset.read(id, sample);
    rows.push_back({sample.bytes, sample.label, sample.targets});
  }
  std::uint64_t next = 0;
  dataset.visit_labels([&](std::uint64_t id, const SampleLabel& label) {
    ASSERT_EQ(id, next++);
    ASSERT_LT(id, rows.size());
    EXPECT_EQ(label.number, rows[id].label);
    EXPECT_EQ(std::vector<float>(label.targets.begin(), label.targets.end()), rows[id].targets);
  });
  EXPECT_EQ(next, rows.size());
  return rows;
}

}  // namespace lockstep
