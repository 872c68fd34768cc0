#include "sharding/survey/duplicates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imaging/codec/encode.h"
#include "sharding/listing/open_source.h"
#include "sharding/survey/near_duplicates.h"
#include "tests/imaging/scene.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Depth = DuplicateSearch::Depth;

std::string to_text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string scene_png(unsigned seed, int height = 60, int width = 80) {
  return to_text(encode_png(scene(seed, height, width).view()));
}
std::string scene_jpeg(unsigned seed, int quality, int height = 60, int width = 80) {
  return to_text(encode_jpeg(scene(seed, height, width).view(), quality));
}

/// "valid cats/a.png = train cats/b.png", with " !" where labels differ.
std::vector<std::string> lines(const std::vector<Twins>& list) {
  const std::vector<std::string> splits{"train", "valid"};
  std::vector<std::string> result;
  for (const Twins& twins : list) {
    result.push_back(fmt::format("{} {} = {} {}{}", splits[twins.second.split], twins.second.source,
                                 splits[twins.first.split], twins.first.source,
                                 twins.labels_differ() ? " !" : ""));
  }
  return result;
}

class Duplicates : public testing::Test {
 protected:
  void add(const std::string& name, const std::string& bytes) {
    write_text(directory_ / "images" / name, bytes);
  }
  Pack pack() {
    SourceOptions options;
    options.source = directory_ / "images";
    const auto source = open_source(options);
    write_pack(*source, {.out = directory_ / "pack", .progress = {}});
    return Pack(directory_ / "pack");
  }
  DuplicateReport find(Depth depth = Depth::near, int jobs = 2) {
    return find_duplicates(pack(), {.depth = depth, .jobs = jobs, .progress = {}});
  }

  TemporaryDirectory directory_;
};

class UnrelatedImages : public Duplicates {
 protected:
  UnrelatedImages() {
    for (unsigned i = 0; i < 6; ++i) {
      add(fmt::format("train/{}/{}.png", i % 2 ? "cats" : "dogs", i), scene_png(100 + i));
    }
    add("valid/cats/0.png", scene_png(110));
    add("valid/dogs/1.png", scene_png(111));
  }
};

TEST_F(UnrelatedImages, HaveNoTwins) {
  const DuplicateReport report = find();
  EXPECT_THAT(lines(report.leaks), IsEmpty());
  EXPECT_THAT(lines(report.repeats), IsEmpty());
  EXPECT_EQ(report.flat_images, 0u);
}

TEST_F(UnrelatedImages, EqualBytesAcrossSplitsAreLeaksAndWithinOneRepeats) {
  add("train/cats/a.png", scene_png(1));
  add("train/cats/b.png", scene_png(1));
  add("valid/cats/c.png", scene_png(1));
  add("valid/dogs/d.png", scene_png(1));
  for (const Depth depth : {Depth::exact, Depth::near}) {
    const DuplicateReport report = find(depth);
    EXPECT_THAT(lines(report.leaks),
                ElementsAre("valid valid/cats/c.png = train train/cats/a.png",
                            "valid valid/dogs/d.png = train train/cats/a.png !"));
    EXPECT_THAT(lines(report.repeats),
                ElementsAre("train train/cats/b.png = train train/cats/a.png",
                            "valid valid/dogs/d.png = valid valid/cats/c.png !"));
    EXPECT_EQ(report.leaks[0].likeness, Likeness::exact);
  }
}

TEST_F(UnrelatedImages, ScaledAndCompressedTwinsAreNearAndOnlyFoundByDecoding) {
  add("train/cats/a.png", scene_png(1));
  add("train/dogs/half.png", scene_png(1, 30, 40));
  add("valid/cats/b.jpg", scene_jpeg(1, 40));
  EXPECT_THAT(lines(find(Depth::exact).leaks), IsEmpty());
  const DuplicateReport report = find();
  EXPECT_THAT(lines(report.leaks), ElementsAre("valid valid/cats/b.jpg = train train/cats/a.png"));
  EXPECT_THAT(lines(report.repeats),
              ElementsAre("train train/dogs/half.png = train train/cats/a.png !"));
  EXPECT_EQ(report.leaks[0].likeness, Likeness::near);
  EXPECT_GE(report.leaks[0].similarity, kNearSimilarity);
  EXPECT_LE(report.leaks[0].similarity, 1);
}

TEST_F(UnrelatedImages, CopiesShareTheNearTwinsOfTheirFirst) {
  add("train/cats/a.png", scene_png(1));
  add("valid/cats/b.jpg", scene_jpeg(1, 60));
  add("valid/cats/c.jpg", scene_jpeg(1, 60));
  EXPECT_THAT(lines(find().leaks), ElementsAre("valid valid/cats/b.jpg = train train/cats/a.png",
                                               "valid valid/cats/c.jpg = train train/cats/a.png"));
}

TEST_F(UnrelatedImages, ExactTwinsComeFirst) {
  add("train/cats/a.png", scene_png(1));
  add("train/cats/b.png", scene_png(2));
  add("valid/cats/a.jpg", scene_jpeg(1, 60));
  add("valid/cats/b.png", scene_png(2));
  EXPECT_THAT(lines(find().leaks), ElementsAre("valid valid/cats/b.png = train train/cats/b.png",
                                               "valid valid/cats/a.jpg = train train/cats/a.png"));
}

TEST_F(UnrelatedImages, FlatOnesAreCountedAndComparedByBytes) {
  Image flat;
  for (int i = 0; i < 4; ++i) {
    flat.reshape(20, 20, 3);
    std::fill_n(flat.row(0), flat.size_bytes(), static_cast<std::uint8_t>(250 + i % 3));
    add(fmt::format("train/cats/flat{}.png", i), to_text(encode_png(flat.view())));
  }
  const DuplicateReport report = find();
  EXPECT_THAT(lines(report.repeats),
              ElementsAre("train train/cats/flat3.png = train train/cats/flat0.png"));
  EXPECT_EQ(report.flat_images, 3u);  // a copy is looked at once
}

TEST_F(UnrelatedImages, TheReportIsTheSameForAnyNumberOfJobs) {
  for (unsigned i = 0; i < 12; ++i) {
    add(fmt::format("train/cats/s{}.png", i), scene_png(i % 4, 40 + int(i), 60));
    add(fmt::format("valid/cats/s{}.jpg", i), scene_jpeg(i % 5, 50 + int(i)));
  }
  const DuplicateReport one = find(Depth::near, 1);
  EXPECT_EQ(one.leaks.size(), 10u);
  for (const int jobs : {2, 5}) {
    const DuplicateReport many = find(Depth::near, jobs);
    EXPECT_EQ(lines(many.leaks), lines(one.leaks));
    EXPECT_EQ(lines(many.repeats), lines(one.repeats));
    for (std::size_t i = 0; i < one.leaks.size(); ++i) {
      EXPECT_EQ(many.leaks[i].similarity, one.leaks[i].similarity);
    }
  }
}

TEST_F(UnrelatedImages, ProgressCountsEveryImage) {
  const Pack made = pack();
  std::uint64_t last = 0;
  find_duplicates(made, {.jobs = 2, .progress = [&](std::uint64_t done, std::uint64_t total) {
                           EXPECT_EQ(done, last + 1);
                           EXPECT_EQ(total, 8u);
                           last = done;
                         }});
  EXPECT_EQ(last, 8u);
}

TEST_F(UnrelatedImages, ADamagedImageIsNamed) {
  const Pack made = pack();
  const ShardInfo shard = made.manifest().splits.at(1).shards.at(0);
  flip_bit(made.directory() / shard.file, shard.bytes.address + 50);
  expect_error(ExitCode::data, {"sample 0 of split 'valid'"},
               [&] { find_duplicates(made, {.jobs = 2, .progress = {}}); });
}

TEST(DuplicateTargets, ThatDifferAreConflicts) {
  const TemporaryDirectory directory;
  MemorySource source({LabelKind::float32, 1}, {});
  source.add("train", "1.png", "same", -1, {20});
  source.add("train", "2.png", "same", -1, {21});
  source.add("train", "3.png", "same", -1, {20});
  source.add("train", "4.png", "else", -1, {20});
  write_pack(source, {.out = directory / "pack", .progress = {}});
  const DuplicateReport report =
      find_duplicates(Pack(directory / "pack"), {.depth = Depth::exact, .progress = {}});
  EXPECT_THAT(lines(report.repeats),
              ElementsAre("train 2.png = train 1.png !", "train 3.png = train 1.png"));
  EXPECT_THAT(report.repeats[0].second.targets, ElementsAre(21));
}

TEST(ExactDuplicates, OfUnlabelledImagesAreFound) {
  const TemporaryDirectory directory;
  MemorySource source({LabelKind::none, 0}, {});
  source.add("train", "1", "abcd", -1);
  source.add("train", "2", "abcd", -1);
  source.add("train", "3", "abc", -1);
  write_pack(source, {.out = directory / "pack", .progress = {}});
  const DuplicateReport report =
      find_duplicates(Pack(directory / "pack"), {.depth = Depth::exact, .progress = {}});
  EXPECT_THAT(lines(report.repeats), ElementsAre("train 2 = train 1"));
}

}  // namespace
}  // namespace lockstep
