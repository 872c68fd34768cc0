#include "sharding/feed/sample_order.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/feed/epoch_order.h"
#include "tests/sharding/feed/fake_dataset.h"
#include "tests/sharding/pack_fixture.h"

namespace lockstep {
namespace {

using testing::ElementsAre;

std::vector<std::uint64_t> epoch_of(const SampleOrder& order, std::uint64_t samples,
                                    std::uint64_t epoch) {
  std::vector<std::uint64_t> ids(samples);
  order.take(epoch, 0, ids);
  return ids;
}

bool is_permutation(std::vector<std::uint64_t> ids) {
  std::ranges::sort(ids);
  for (std::uint64_t i = 0; i < ids.size(); ++i) {
    if (ids[i] != i) return false;
  }
  return true;
}

/// Labels in the order given.
class LabelledDataset final : public Dataset {
 public:
  explicit LabelledDataset(std::vector<std::int64_t> labels) : labels_(std::move(labels)) {}
  std::uint64_t size() const override { return labels_.size(); }
  Encoding encoding() const override { return Encoding::raw; }
  LabelType label_type() const override { return {}; }
  void read(std::uint64_t id, Sample& sample) const override { sample.label = labels_[id]; }
  std::string describe(std::uint64_t id) const override { return "sample " + std::to_string(id); }

 private:
  std::vector<std::int64_t> labels_;
};

std::shared_ptr<const ClassMembers> members_of(std::vector<std::int64_t> labels) {
  return std::make_shared<const ClassMembers>(LabelledDataset(std::move(labels)));
}

/// Seven of class 0, 90 of class 2 in two runs, three of class 5.
std::vector<std::int64_t> uneven_labels() {
  std::vector<std::int64_t> labels(100, 2);
  std::fill_n(labels.begin() + 30, 7, 0);
  std::fill_n(labels.end() - 3, 3, 5);
  return labels;
}

TEST(FullShuffle, IsTheEpochOrder) {
  const auto order = full_shuffle(1000, 3);
  const EpochOrder expected(1000, 3, 5);
  std::vector<std::uint64_t> ids(10);
  order->take(5, 990, ids);
  for (std::uint64_t i = 0; i < 10; ++i) EXPECT_EQ(ids[i], expected[990 + i]);
}

TEST(BlockShuffle, VisitsEverySampleOnceWhateverTheSizes) {
  for (std::uint64_t samples : {1, 2, 7, 64, 100, 1000, 4097}) {
    for (std::uint64_t block : {1, 3, 16, 64, 5000}) {
      for (std::uint64_t window : {1, 2, 7, 1000}) {
        const auto order = block_shuffle(samples, 1, {block, window});
        for (std::uint64_t epoch : {0, 1}) {
          EXPECT_TRUE(is_permutation(epoch_of(*order, samples, epoch)))
              << samples << " samples, blocks of " << block << ", windows of " << window;
        }
      }
    }
  }
}

TEST(BlockShuffle, GivesTheSameIdsHoweverTheyAreTaken) {
  const auto order = block_shuffle(1003, 1, {8, 4});
  const auto whole = epoch_of(*order, 1003, 2);
  for (std::uint64_t first = 0; first < 1003; first += 17) {
    std::vector<std::uint64_t> ids(std::min<std::uint64_t>(17, 1003 - first));
    order->take(2, first, ids);
    EXPECT_TRUE(std::ranges::equal(ids, std::span(whole).subspan(first, ids.size())));
  }
}

TEST(BlockShuffle, ReadsFewBlocksAtATime) {
  // A window of 4 blocks of 8: its 32 positions hold those blocks and nothing else.
  const auto ids = epoch_of(*block_shuffle(1024, 1, {8, 4}), 1024, 0);
  std::set<std::uint64_t> seen;
  for (std::size_t begin = 0; begin < ids.size(); begin += 32) {
    std::map<std::uint64_t, int> blocks;
    for (std::size_t i = begin; i < begin + 32; ++i) ++blocks[ids[i] / 8];
    EXPECT_EQ(blocks.size(), 4u);
    for (const auto& [block, samples] : blocks) {
      EXPECT_EQ(samples, 8);
      EXPECT_TRUE(seen.insert(block).second);
    }
  }
}

TEST(BlockShuffle, DiffersByEpochAndSeed) {
  const auto order = block_shuffle(1000, 1, {8, 4});
  EXPECT_NE(epoch_of(*order, 1000, 0), epoch_of(*order, 1000, 1));
  EXPECT_NE(epoch_of(*order, 1000, 0), epoch_of(*block_shuffle(1000, 2, {8, 4}), 1000, 0));
}

TEST(BlockShuffle, PutsEverySampleInEveryPartOfAnEpochAlike) {
  const std::uint64_t samples = 512, parts = 8, epochs = 2000;
  const auto order = block_shuffle(samples, 1, {8, 4});
  std::vector<int> counts(samples * parts);
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
    const auto ids = epoch_of(*order, samples, epoch);
    for (std::uint64_t p = 0; p < samples; ++p) ++counts[ids[p] * parts + p * parts / samples];
  }
  // Binomial(2000, 1/8): 250, standard deviation 14.8; the largest of 4096 stays within 5.
  const auto [least, most] = std::ranges::minmax(counts);
  EXPECT_GT(least, 250 - 74);
  EXPECT_LT(most, 250 + 74);
}

TEST(BlockShuffle, ReadsEachWindowAheadOnce) {
  const std::uint64_t samples = 1003;  // 126 blocks of 8, in windows of 4: the last has 2
  const auto order = block_shuffle(samples, 1, {8, 4});
  const auto ids = epoch_of(*order, samples, 0);
  for (std::uint64_t step : {1, 5, 32, 50, 100}) {
    std::vector<int> asked(samples);
    for (std::uint64_t first = 0; first + step <= samples; first += step) {
      for (const IdRange& range : order->read_ahead(0, first, step, first == 0)) {
        for (std::uint64_t id = range.first; id < range.first + range.count; ++id) ++asked[id];
      }
      // What is read now, and all of the next window, was asked for. (The few that cycle walking
      // puts elsewhere are not.)
      std::uint64_t missing = 0;
      for (std::uint64_t p = first; p < std::min(samples, first + step); ++p) {
        missing += asked[ids[p]] == 0;
      }
      EXPECT_LE(missing, 5u) << first;
    }
    EXPECT_EQ(*std::ranges::max_element(asked), 1) << "steps of " << step;
  }
}

TEST(BlockShuffle, ReadsAheadFromWhereARestartBegins) {
  const auto order = block_shuffle(1024, 1, {8, 4});
  EXPECT_EQ(order->read_ahead(0, 70, 10, true).size(), 8u);  // the window and the next
  EXPECT_EQ(order->read_ahead(0, 70, 10, false).size(), 0u);
  EXPECT_EQ(order->read_ahead(3, 0, 10, false).size(), 8u);  // a new epoch
}

TEST(ClassMembers, FindsEachClassesSamples) {
  const std::vector<std::int64_t> labels = {4, 4, 1, 4, 1, 1, 4};
  const auto members = members_of(labels);
  ASSERT_EQ(members->classes(), 2u);
  EXPECT_EQ(members->samples(), 7u);
  std::vector<std::uint64_t> ids;
  for (std::size_t c = 0; c < 2; ++c) {
    for (std::uint64_t m = 0; m < members->count(c); ++m) ids.push_back(members->id(c, m));
  }
  EXPECT_THAT(ids, ElementsAre(2, 4, 5, 0, 1, 3, 6));
}

TEST(ClassMembers, WeighsClassesAlike) {
  const std::vector<std::int64_t> labels = uneven_labels();
  const std::vector<float> weights = members_of(labels)->weights();
  ASSERT_EQ(weights.size(), 6u);
  EXPECT_EQ(weights[1], 0.0f);
  std::map<std::int64_t, double> sums;
  double all = 0;
  for (const std::int64_t label : labels) {
    sums[label] += weights[std::size_t(label)];
    all += weights[std::size_t(label)];
  }
  for (const auto& [label, sum] : sums) EXPECT_NEAR(sum, 100.0 / 3, 1e-4) << label;
  EXPECT_NEAR(all, 100, 1e-4);
}

TEST(ClassMembers, RefusesASampleWithoutClass) {
  EXPECT_THROW(ClassMembers(LabelledDataset({0, 1, -1})), Error);
}

TEST(BalancedShuffle, GivesEachClassAnEqualShare) {
  const std::vector<std::int64_t> labels = uneven_labels();
  const auto order = balanced_shuffle(members_of(labels), 1);
  for (std::uint64_t epoch : {0, 1, 2}) {
    std::map<std::int64_t, int> counts;
    std::map<std::uint64_t, int> times;
    for (const std::uint64_t id : epoch_of(*order, 100, epoch)) {
      ++counts[labels[id]];
      ++times[id];
    }
    for (const auto& [label, count] : counts) EXPECT_NEAR(count, 100.0 / 3, 1) << label;
    // 33 or 34 draws: each of the seven 4 or 5 times, each of the three 11 or 12 times, and of the
    // 90 no one twice.
    for (std::uint64_t id = 0; id < 100; ++id) {
      const int least = labels[id] == 0 ? 4 : labels[id] == 5 ? 11 : 0;
      EXPECT_TRUE(times[id] == least || times[id] == least + 1) << id << ": " << times[id];
    }
  }
}

TEST(BalancedShuffle, ShowsAllOfAFrequentClassInTime) {
  const std::vector<std::int64_t> labels = uneven_labels();
  const auto order = balanced_shuffle(members_of(labels), 1);
  std::set<std::uint64_t> seen;
  for (std::uint64_t epoch = 0; epoch < 20; ++epoch) {
    for (const std::uint64_t id : epoch_of(*order, 100, epoch)) seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 100u);
}

TEST(BalancedShuffle, MixesClassesAllOverTheEpoch) {
  std::vector<std::int64_t> labels(10'000, 0);
  std::fill_n(labels.begin(), 100, 1);
  const auto ids = epoch_of(*balanced_shuffle(members_of(labels), 1), 10'000, 0);
  for (std::size_t begin = 0; begin < ids.size(); begin += 1000) {
    int rare = 0;
    for (std::size_t i = begin; i < begin + 1000; ++i) rare += labels[ids[i]] == 1;
    EXPECT_NEAR(rare, 500, 79);  // 5 sigma of 15.8
  }
}

TEST(ClassMembers, NeedLabelsThatAreClasses) {
  FakeDataset dataset(4, 1, 1, 1);
  dataset.label = {LabelKind::float32, 1};
  expect_error(ExitCode::usage, {"data.balance", "classes"},
               [&] { ClassMembers members(dataset); });
}

TEST(LimitDataset, VisitsItsOwnLabels) {
  const auto limited = limit_dataset(
      std::make_shared<LabelledDataset>(std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}),
      4);
  std::vector<std::int64_t> labels;
  limited->visit_labels([&](std::uint64_t id, const SampleLabel& label) {
    EXPECT_EQ(id, labels.size());
    labels.push_back(label.number);
  });
  EXPECT_THAT(labels, ElementsAre(0, 2, 5, 7));
}

}  // namespace
}  // namespace lockstep
