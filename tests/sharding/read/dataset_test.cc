#include "sharding/read/dataset.h"

#include <memory>

#include <gtest/gtest.h>

#include "tests/sharding/feed/fake_dataset.h"

namespace lockstep {
namespace {

TEST(LimitDataset, SpreadsItsSamplesEvenly) {
  const auto dataset = std::make_shared<FakeDataset>(10, 1, 1, 1);
  const auto limited = limit_dataset(dataset, 4);
  EXPECT_EQ(limited->size(), 4u);
  Sample sample;
  const std::int64_t expected[] = {0, 2, 5, 7};
  for (std::uint64_t id = 0; id < 4; ++id) {
    limited->read(id, sample);
    EXPECT_EQ(sample.label, expected[id]);
  }
  EXPECT_EQ(limited->describe(3), "sample 7 of split 'fake'");
}

TEST(LimitDataset, IsTheDatasetWhereThereIsNoMore) {
  const auto dataset = std::make_shared<FakeDataset>(10, 1, 1, 1);
  EXPECT_EQ(limit_dataset(dataset, 0), dataset);
  EXPECT_EQ(limit_dataset(dataset, 10), dataset);
  EXPECT_EQ(limit_dataset(dataset, 11), dataset);
}

}  // namespace
}  // namespace lockstep
