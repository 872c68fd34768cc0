#include "sharding/folder_source.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/open_source.h"
#include "sharding/source_scan.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// "split: source = label", in order.
std::vector<std::string> list(const PackSource& source) {
  std::vector<std::string> result;
  scan_source(
      source, {.jobs = 3, .progress = {}},
      [&](const PackSource::Split& split, const SourceSample& sample) {
        result.push_back(fmt::format("{}: {} = {}", split.name, sample.source, sample.label));
      });
  return result;
}

void write_images(const std::filesystem::path& root, const std::vector<std::string>& paths) {
  unsigned seed = 0;
  for (const std::string& path : paths) write_text(root / path, png_bytes(3, 2, 3, seed++));
}

TEST(FolderSource, ClassesAndFilesAreInBytewiseOrder) {
  const TemporaryDirectory root;
  write_images(root.path(), {"b/10.png", "b/9.PNG", "b/sub/1.jpg", "Z/1.jpeg", "é/1.png"});
  const FolderSource source(root.path(), {});
  EXPECT_THAT(source.classes(), ElementsAre("Z", "b", "é"));
  EXPECT_THAT(list(source),
              ElementsAre("train: Z/1.jpeg = 0", "train: b/10.png = 1", "train: b/9.PNG = 1",
                          "train: b/sub/1.jpg = 1", "train: é/1.png = 2"));
}

TEST(FolderSource, KeepsFilesAsTheyCameAndTellsTheirShape) {
  const TemporaryDirectory root;
  const std::string jpeg = jpeg_bytes(9, 5, 3, 1);
  const std::string png = png_bytes(4, 6, 1, 2);
  write_text(root / "a/1.jpg", jpeg);
  write_text(root / "a/2.jpg", png);  // what it is, not what it is called, counts
  std::vector<SampleRecord> records;
  std::vector<std::string> bytes;
  scan_source(FolderSource(root.path(), {}), {.progress = {}},
              [&](const PackSource::Split&, const SourceSample& sample) {
                records.push_back(sample.record);
                bytes.emplace_back(reinterpret_cast<const char*>(sample.bytes.data()),
                                   sample.bytes.size());
              });
  EXPECT_THAT(bytes, ElementsAre(jpeg, png));
  EXPECT_EQ(records[0].height, 9u);
  EXPECT_EQ(records[0].width, 5u);
  EXPECT_EQ(records[0].channels, 3);
  EXPECT_EQ(records[1].height, 4u);
  EXPECT_EQ(records[1].width, 6u);
  EXPECT_EQ(records[1].channels, 1);
}

TEST(FolderSource, TrainAndValidFoldersAreTheSplits) {
  for (const std::string valid : {"valid", "val"}) {
    const TemporaryDirectory root;
    write_images(root.path(), {"train/a/1.png", "train/b/2.png", valid + "/b/3.png"});
    const FolderSource source(root.path(), {});
    EXPECT_THAT(list(source), ElementsAre("train: train/a/1.png = 0", "train: train/b/2.png = 1",
                                          "valid: " + valid + "/b/3.png = 1"));
  }
}

TEST(FolderSource, AClassMayBeCalledTrain) {
  const TemporaryDirectory root;
  write_images(root.path(), {"train/1.png", "plane/1.png"});
  EXPECT_THAT(FolderSource(root.path(), {}).classes(), ElementsAre("plane", "train"));
}

TEST(FolderSource, ATestFolderIsLeftOutAndSaid) {
  const TemporaryDirectory root;
  write_images(root.path(), {"train/a/1.png", "test/a/2.png"});
  const FolderSource source(root.path(), {});
  EXPECT_THAT(list(source), ElementsAre("train: train/a/1.png = 0"));
  EXPECT_THAT(source.notes(), ElementsAre(HasSubstr("test")));
}

TEST(FolderSource, WhatIsNoImageIsLeftOutAndCounted) {
  const TemporaryDirectory root;
  write_images(root.path(), {"a/1.png", "a/2.png", "a/.hidden.png", ".git/3.png"});
  write_text(root / "a/notes.txt", "x");
  write_text(root / "a/more.TXT", "x");
  write_text(root / "README", "x");
  const FolderSource source(root.path(), {});
  EXPECT_EQ(list(source).size(), 2u);
  EXPECT_THAT(source.notes(),
              ElementsAre(HasSubstr("2 entries: .txt (the first: a/more.TXT)"),
                          HasSubstr("2 entries: hidden (the first: .git)"),
                          HasSubstr("1 entry: outside of class folders (the first: README)")));
}

TEST(FolderSource, LinksAreFollowed) {
  const TemporaryDirectory root;
  const TemporaryDirectory elsewhere;
  write_images(elsewhere.path(), {"1.png", "cats/2.png"});
  write_images(root.path(), {"a/0.png"});
  std::filesystem::create_symlink(elsewhere / "1.png", root / "a/1.png");
  std::filesystem::create_directory_symlink(elsewhere / "cats", root / "b");
  EXPECT_THAT(list(FolderSource(root.path(), {})),
              ElementsAre("train: a/0.png = 0", "train: a/1.png = 0", "train: b/2.png = 1"));
}

TEST(FolderSource, ALinkThatLeadsNowhereOrRoundInCirclesIsNamed) {
  const TemporaryDirectory root;
  write_images(root.path(), {"a/1.png"});
  const auto make = [&] { FolderSource(root.path(), {}); };
  std::filesystem::create_symlink(root / "gone.png", root / "a/2.png");
  expect_error(ExitCode::data, {"a/2.png", "leads nowhere"}, make);
  std::filesystem::remove(root / "a/2.png");
  std::filesystem::create_directory_symlink(root / "a", root / "a/loop");
  expect_error(ExitCode::data, {"a/loop", "leads back"}, make);
}

TEST(FolderSource, NothingToPackIsExplained) {
  const TemporaryDirectory root;
  const auto expect = [&](const std::vector<std::string>& words) {
    expect_error(ExitCode::data, words, [&] { FolderSource(root.path(), {}); });
  };
  expect({"one a class"});
  write_text(root / "1.png", png_bytes(2, 2, 1, 0));
  expect({"one a class"});
  write_text(root / "a/1.txt", "x");
  expect({"class folder 'a'", "no JPEG or PNG"});
  std::filesystem::remove_all(root / "a");
  write_images(root.path(), {"train/a/1.png", "valid/b/1.png"});
  expect({"valid/b/1.png", "class 'b'"});
  std::filesystem::remove_all(root / "valid");
  write_images(root.path(), {"valid/a/1.png", "val/a/1.png"});
  expect({"both"});
  std::filesystem::remove_all(root / "val");
  std::filesystem::remove(root / "valid/a/1.png");
  expect({"valid", "no JPEG or PNG"});
  expect_error(ExitCode::data, {"no such directory"}, [&] { open_source(root / "gone", {}); });
}

TEST(FolderSource, AnImageThatCannotBeDecodedIsNamed) {
  const TemporaryDirectory root;
  write_images(root.path(), {"a/1.png", "a/2.png"});
  const auto expect = [&](std::string_view content) {
    write_text(root / "a/bad.jpg", content);
    for (const int jobs : {1, 4}) {
      expect_error(ExitCode::data, {"a/bad.jpg"}, [&] {
        scan_source(FolderSource(root.path(), {}), {.jobs = jobs, .progress = {}});
      });
    }
  };
  expect("");
  expect("no image at all");
  const std::string jpeg = jpeg_bytes(40, 40, 3, 1);
  expect(jpeg.substr(0, 20));
  expect(jpeg.substr(0, jpeg.size() / 2));  // its header is whole
}

TEST(FolderSource, AClassNameThatIsNotUtf8IsAnError) {
  const TemporaryDirectory root;
  write_images(root.path(), {"caf\xe9/1.png"});
  expect_error(ExitCode::data, {"UTF-8"}, [&] { FolderSource(root.path(), {}); });
}

// ---- the split by fraction

std::set<std::string> valid_files(const std::filesystem::path& root, double fraction,
                                  std::uint64_t seed) {
  std::set<std::string> result;
  for (const std::string& line : list(FolderSource(root, {fraction, seed}))) {
    if (line.starts_with("valid")) result.insert(line);
  }
  return result;
}

std::vector<std::string> numbered_files(int cats, int dogs) {
  std::vector<std::string> paths;
  for (int i = 0; i < cats; ++i) paths.push_back(fmt::format("cats/{}.png", i));
  for (int i = 0; i < dogs; ++i) paths.push_back(fmt::format("dogs/{}.png", i));
  return paths;
}

TEST(ValidFraction, TakesThatShareOfEachClass) {
  const TemporaryDirectory root;
  write_images(root.path(), numbered_files(40, 10));
  std::map<char, int> counts;
  for (const std::string& line : valid_files(root.path(), 0.2, 1)) ++counts[line.back()];
  EXPECT_EQ(counts['0'], 8);
  EXPECT_EQ(counts['1'], 2);
  EXPECT_EQ(FolderSource(root.path(), {0.2, 1}).splits().at(0).samples, 40u);
}

TEST(ValidFraction, IsAFunctionOfTheSeedAndMovesFewFilesWhenOneIsAdded) {
  const TemporaryDirectory root;
  write_images(root.path(), numbered_files(40, 10));
  const auto one = valid_files(root.path(), 0.2, 1);
  EXPECT_EQ(one, valid_files(root.path(), 0.2, 1));
  EXPECT_NE(one, valid_files(root.path(), 0.2, 2));
  write_images(root.path(), {"cats/new.png"});
  const auto more = valid_files(root.path(), 0.2, 1);
  std::set<std::string> kept;
  std::ranges::set_intersection(one, more, std::inserter(kept, kept.end()));
  EXPECT_GE(kept.size() + 1, one.size());
}

TEST(ValidFraction, LeavesOneOfEachClassToTrainOn) {
  const TemporaryDirectory root;
  write_images(root.path(), numbered_files(2, 1));
  EXPECT_EQ(valid_files(root.path(), 0.99, 1).size(), 1u);
}

TEST(ValidFraction, WhatMakesNoSenseIsAUsageError) {
  const TemporaryDirectory root;
  write_images(root.path(), numbered_files(2, 2));
  for (const double fraction : {-0.1, 1.0, 2.0, std::nan("")}) {
    expect_error(ExitCode::usage, {"--valid-fraction"}, [&] {
      FolderSource(root.path(), {fraction, 1});
    });
  }
  expect_error(ExitCode::usage, {"leaves none"}, [&] { FolderSource(root.path(), {0.01, 1}); });
  const TemporaryDirectory split;
  write_images(split.path(), {"train/a/1.png", "valid/a/1.png"});
  expect_error(ExitCode::usage, {"own validation split"}, [&] {
    FolderSource(split.path(), {0.1, 1});
  });
  const TemporaryDirectory idx;
  write_idx_split(idx.path(), "train", 5);
  expect_error(ExitCode::usage, {"IDX"}, [&] { open_source(idx.path(), {0.1, 1}); });
}

}  // namespace
}  // namespace lockstep
