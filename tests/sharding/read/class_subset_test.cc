#include "sharding/read/class_subset.h"

#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/read/joined_dataset.h"
#include "sharding/read/pack.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/sharding/read/rows_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::Pair;

/// Labels in the order given; notes what it is to read ahead.
class LabelledDataset final : public Dataset {
 public:
  explicit LabelledDataset(std::vector<std::int64_t> of_samples) : labels(std::move(of_samples)) {}
  std::uint64_t size() const override { return labels.size(); }
  Encoding encoding() const override { return Encoding::raw; }
  LabelType label_type() const override { return {}; }
  void read(std::uint64_t id, Sample& sample) const override {
    sample.bytes = {std::byte(id)};
    sample.label = labels[id];
  }
  void read_ahead(std::uint64_t first, std::uint64_t count) const override {
    asked.emplace_back(first, count);
  }
  std::string describe(std::uint64_t id) const override { return "sample " + std::to_string(id); }

  std::vector<std::int64_t> labels;
  mutable std::vector<std::pair<std::uint64_t, std::uint64_t>> asked;
};

Row row(std::uint64_t id, std::int64_t label) { return {{std::byte(id)}, label, {}}; }

TEST(ClassSubset, HasTheSamplesOfItsClassesAloneNumberedAsTheyWereNamed) {
  const auto dataset =
      std::make_shared<LabelledDataset>(std::vector<std::int64_t>{3, 3, 0, 5, 1, 5, 3, 0, 5});
  EXPECT_THAT(rows_of(*choose_classes(dataset, {5, 3})),
              ElementsAre(row(0, 1), row(1, 1), row(3, 0), row(5, 0), row(6, 1), row(8, 0)));
  EXPECT_THAT(rows_of(*choose_classes(dataset, {0, 1, 7})),
              ElementsAre(row(2, 0), row(4, 1), row(7, 0)));
  EXPECT_EQ(choose_classes(dataset, {2, 7})->size(), 0u);
  EXPECT_EQ(choose_classes(dataset, {1, 3})->describe(2), "sample 4");
}

TEST(ClassSubset, OfAllClassesIsTheWholeWithOtherNumbers) {
  const auto dataset = std::make_shared<LabelledDataset>(std::vector<std::int64_t>{0, 1, 1, 0});
  EXPECT_THAT(rows_of(*choose_classes(dataset, {1, 0})),
              ElementsAre(row(0, 1), row(1, 0), row(2, 0), row(3, 1)));
}

TEST(ClassSubset, IsWhatALimitIsTakenOf) {
  const auto dataset = std::make_shared<LabelledDataset>(
      std::vector<std::int64_t>{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2});
  EXPECT_THAT(rows_of(*limit_dataset(choose_classes(dataset, {0, 2}), 4)),
              ElementsAre(row(0, 0), row(3, 0), row(6, 0), row(9, 0)));
}

TEST(ClassSubset, ReadsAheadWhatIsTaken) {
  const auto dataset =
      std::make_shared<LabelledDataset>(std::vector<std::int64_t>{1, 1, 1, 0, 0, 1, 0, 1, 1});
  const auto chosen = choose_classes(dataset, {1, 9});
  chosen->read_ahead(1, 4);
  EXPECT_THAT(dataset->asked, ElementsAre(Pair(1, 2), Pair(5, 1), Pair(7, 1)));
  dataset->asked.clear();
  chosen->read_ahead(5, 1);
  EXPECT_THAT(dataset->asked, ElementsAre(Pair(8, 1)));
}

TEST(ClassSubset, OfSplitsOfAPackInSeveralShards) {
  const TemporaryDirectory directory;
  PackWriterOptions options = writer_to(directory / "pack");
  options.shard_bytes = 300;
  write_pack(random_source(40, 50), options);
  const Pack pack(directory / "pack");
  const auto joined = join_datasets({pack.split("train"), pack.split("valid")});
  const auto chosen = choose_classes(joined, {2, 0});
  std::vector<Row> expected;
  for (Row& one : rows_of(*joined)) {
    if (one.label == 1) continue;
    expected.push_back(std::move(one));
    expected.back().label = expected.back().label == 2 ? 0 : 1;
  }
  EXPECT_EQ(rows_of(*chosen), expected);
  chosen->read_ahead(0, chosen->size());
}

TEST(ClassSubset, ASampleWhoseClassHasChangedIsAnError) {
  const auto dataset = std::make_shared<LabelledDataset>(std::vector<std::int64_t>{0, 1, 2});
  const auto chosen = choose_classes(dataset, {0, 2});
  dataset->labels[2] = 1;
  Sample sample;
  expect_error(ExitCode::data, {"sample 2", "another class"}, [&] { chosen->read(1, sample); });
}

}  // namespace
}  // namespace lockstep
