#include "sharding/synthetic/synthetic_source.h"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/write/source_scan.h"
#include "tests/sharding/pack_fixture.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::Pair;

SourceOptions drawn(SyntheticKind kind, std::uint64_t samples, const std::string& classes) {
  SourceOptions options;
  options.synthetic = kind;
  options.samples = samples;
  options.classes = {classes};
  options.size = 8;
  return options;
}

/// The stored bytes of each sample, by its name.
std::map<std::string, std::vector<std::byte>> images_of(const SourceOptions& options,
                                                        int jobs = 2) {
  std::map<std::string, std::vector<std::byte>> images;
  scan_source(*open_synthetic(options), {.jobs = jobs, .progress = {}},
              [&](const PackSource::Split&, const SourceSample& sample) {
                images[sample.source] = sample.bytes;
              });
  return images;
}

/// The number of samples of each class, by split.
std::map<std::string, std::vector<int>> counts_of(const PackSource& source) {
  std::map<std::string, std::vector<int>> counts;
  scan_source(source, {.jobs = 2, .progress = {}},
              [&](const PackSource::Split& split, const SourceSample& sample) {
                std::vector<int>& of_split = counts[split.name];
                of_split.resize(source.classes().size());
                ++of_split[static_cast<std::size_t>(sample.label)];
              });
  return counts;
}

std::vector<std::pair<std::string, std::uint64_t>> splits_of(const PackSource& source) {
  std::vector<std::pair<std::string, std::uint64_t>> splits;
  for (const PackSource::Split& split : source.splits()) {
    splits.emplace_back(split.name, split.samples);
  }
  return splits;
}

TEST(SyntheticSource, NamesSamplesByTheirNumbersAndClassesTakeTurns) {
  SourceOptions options = drawn(SyntheticKind::shapes, 7, "3");
  options.valid_fraction = 0.3;
  const auto source = open_synthetic(options);
  EXPECT_THAT(source->classes(), ElementsAre("disc", "square", "triangle"));
  EXPECT_THAT(list_samples(*source),
              ElementsAre("train: shapes#0 = disc", "train: shapes#1 = square",
                          "train: shapes#2 = triangle", "train: shapes#3 = disc",
                          "valid: shapes#4 = square", "valid: shapes#5 = triangle",
                          "valid: shapes#6 = disc"));
  EXPECT_THAT(open_synthetic(drawn(SyntheticKind::blobs, 4, "2"))->classes(),
              ElementsAre("0", "1"));
}

TEST(SyntheticSource, DividesEveryClassByTheFractionsAndKeepsTheRestToTrainOn) {
  SourceOptions options = drawn(SyntheticKind::blobs, 1003, "10");
  options.valid_fraction = 0.1;
  options.test_fraction = 0.2;
  const auto source = open_synthetic(options);
  EXPECT_THAT(splits_of(*source),
              ElementsAre(Pair("train", 703), Pair("valid", 100), Pair("test", 200)));
  const auto counts = counts_of(*source);
  EXPECT_THAT(counts.at("train"), ElementsAre(71, 71, 71, 70, 70, 70, 70, 70, 70, 70));
  EXPECT_THAT(counts.at("valid"), testing::Each(10));
  EXPECT_THAT(counts.at("test"), testing::Each(20));
  options.valid_fraction = 0.9;
  options.test_fraction = 0;
  options.samples = 20;
  EXPECT_THAT(splits_of(*open_synthetic(options)),
              ElementsAre(Pair("train", 10), Pair("valid", 10)))
      << "one of each class stays to train on";
}

TEST(SyntheticSource, AnImageDependsOnItsNumberAndNotOnHowManyThereAreNorOnThreads) {
  for (const SyntheticKind kind : {SyntheticKind::shapes, SyntheticKind::blobs}) {
    SourceOptions options = drawn(kind, 300, "10");
    const auto images = images_of(options, 1);
    ASSERT_EQ(images.size(), 300u);
    EXPECT_EQ(images_of(options, 5), images);
    options.samples = 320;
    options.valid_fraction = 0.5;
    const auto more = images_of(options);
    EXPECT_EQ(more.size(), 320u);
    for (const auto& [name, bytes] : images) EXPECT_EQ(more.at(name), bytes) << name;
  }
}

TEST(SyntheticSource, DrawsImagesOfTheSizeThatWasAskedFor) {
  SourceOptions options = drawn(SyntheticKind::shapes, 1, "2");
  options.size = 512;
  EXPECT_EQ(images_of(options).at("shapes#0").size(), 512u * 512 * 3);
  options.channels = SyntheticChannels::grey;
  EXPECT_EQ(images_of(options).at("shapes#0").size(), 512u * 512);
}

TEST(SyntheticSource, RecordsWhatDecidedTheImages) {
  SourceOptions options = drawn(SyntheticKind::shapes, 300, "20");
  options.valid_fraction = 0.1;
  options.seed = 5;
  EXPECT_EQ(open_synthetic(options)->options(), (PackOptionsRecord{{"source", "synthetic"},
                                                                   {"synthetic", "shapes"},
                                                                   {"samples", "300"},
                                                                   {"classes", "20"},
                                                                   {"size", "8"},
                                                                   {"channels", "3"},
                                                                   {"seed", "5"},
                                                                   {"valid_fraction", "0.1"}}));
}

TEST(SyntheticSource, RefusesWhatItCannotDraw) {
  const auto expect_refused = [](SourceOptions options, const std::vector<std::string>& words) {
    expect_error(ExitCode::usage, words, [&] { open_synthetic(options); });
  };
  for (const char* bad : {"1", "1001", "-3", "cat", "2.5"}) {
    expect_refused(drawn(SyntheticKind::shapes, 10, bad), {"--classes", bad, "2 to 1000"});
  }
  SourceOptions options = drawn(SyntheticKind::shapes, 10, "2");
  options.classes = {"cat", "dog"};
  expect_refused(options, {"--classes", "cat,dog"});
  options = drawn(SyntheticKind::shapes, 4, "2");
  options.valid_fraction = 0.1;
  expect_refused(options, {"--valid-fraction 0.1 of 4 images", "empty", "--samples"});
  options.valid_fraction = 0;
  options.test_fraction = 0.1;
  expect_refused(options, {"--test-fraction 0.1 of 4 images"});
  options.valid_fraction = 0.9;
  expect_refused(options, {"nothing to train on"});
}

}  // namespace
}  // namespace lockstep
