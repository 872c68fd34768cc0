#include "sharding/read/joined_dataset.h"

#include <algorithm>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/read/pack.h"
#include "tests/sharding/feed/fake_dataset.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/sharding/read/rows_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

/// A pack of `source` in shards of a few samples.
Pack pack_of(const MemorySource& source, const std::filesystem::path& directory) {
  PackWriterOptions options = writer_to(directory);
  options.shard_bytes = 300;
  write_pack(source, options);
  return Pack(directory);
}

TEST(JoinedDataset, HasTheSamplesOfOnePartAfterTheOther) {
  const std::pair<LabelType, std::vector<std::string>> kinds[] = {
      {{LabelKind::int64, 1}, {"ant", "bee", "cat"}},
      {{LabelKind::float32, 2}, {}},
      {{LabelKind::uint8, 3}, {}},
  };
  for (const auto& [type, classes] : kinds) {
    MemorySource source(type, classes);
    const auto add = [&](const char* split, unsigned samples) {
      for (unsigned i = 0; i < samples; ++i) {
        std::vector<float> targets;
        for (unsigned k = 0; type.has_targets() && k < type.width; ++k) {
          targets.push_back(static_cast<float>((i + k) % 2));
        }
        source.add(split, fmt::format("{}/{}", split, i), fmt::format("{} {:042}", split, i),
                   type.has_targets() ? -1 : i % 3, targets);
      }
    };
    add("train", 40);
    add("valid", 7);
    add("test", 23);
    const TemporaryDirectory directory;
    const Pack pack = pack_of(source, directory / "pack");
    ASSERT_GT(pack.manifest().find("test")->shards.size(), 1u);
    const auto train = pack.split("train"), valid = pack.split("valid"), test = pack.split("test");
    const auto joined = join_datasets({valid, train, test});
    EXPECT_EQ(joined->size(), 70u);
    EXPECT_EQ(joined->label_type(), type);
    std::vector<Row> expected = rows_of(*valid);
    std::ranges::copy(rows_of(*train), std::back_inserter(expected));
    std::ranges::copy(rows_of(*test), std::back_inserter(expected));
    EXPECT_EQ(rows_of(*joined), expected);
    EXPECT_EQ(joined->describe(6), valid->describe(6));
    EXPECT_EQ(joined->describe(7), train->describe(0));
    EXPECT_EQ(joined->describe(69), test->describe(22));
    joined->read_ahead(3, 60);  // of all three
    std::vector<Row> spread;
    for (const std::size_t id : {0, 14, 28, 42, 56}) spread.push_back(expected[id]);
    EXPECT_EQ(rows_of(*limit_dataset(joined, 5)), spread);
  }
}

TEST(JoinedDataset, OfOnePartIsThatPart) {
  const auto dataset = std::make_shared<FakeDataset>(10, 1, 1, 1);
  EXPECT_EQ(join_datasets({dataset}), dataset);
}

/// Notes what it is to read ahead.
class NotingDataset final : public FakeDataset {
 public:
  explicit NotingDataset(std::uint64_t size) : FakeDataset(size, 1, 1, 1) {}
  void read_ahead(std::uint64_t first, std::uint64_t count) const override {
    asked.emplace_back(first, count);
  }
  mutable std::vector<std::pair<std::uint64_t, std::uint64_t>> asked;
};

TEST(JoinedDataset, ReadsAheadInThePartsThatHaveTheSamples) {
  const auto first = std::make_shared<NotingDataset>(10),
             empty = std::make_shared<NotingDataset>(0),
             second = std::make_shared<NotingDataset>(7), last = std::make_shared<NotingDataset>(5);
  const auto joined = join_datasets({first, empty, second, last});
  joined->read_ahead(8, 12);
  joined->read_ahead(12, 2);
  EXPECT_THAT(first->asked, ElementsAre(Pair(8, 2)));
  EXPECT_THAT(empty->asked, IsEmpty());
  EXPECT_THAT(second->asked, ElementsAre(Pair(0, 7), Pair(2, 2)));
  EXPECT_THAT(last->asked, ElementsAre(Pair(0, 3)));
}

TEST(JoinedDataset, ADamagedSampleIsNamedByItsSplit) {
  const TemporaryDirectory directory;
  const Pack pack = pack_of(random_source(20, 50), directory / "pack");
  const ShardInfo& shard = pack.manifest().find("valid")->shards[0];
  flip_bit(directory / "pack" / shard.file, shard.bytes.address);
  const auto joined = join_datasets({pack.split("train"), pack.split("valid")});
  Sample sample;
  joined->read(19, sample);
  expect_error(ExitCode::data, {shard.file, "sample 0 of split 'valid'", "checksum"},
               [&] { joined->read(20, sample); });
}

}  // namespace
}  // namespace lockstep
