#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/listing/folder_listing.h"
#include "sharding/listing/open_source.h"
#include "sharding/write/source_scan.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

void write_images(const std::filesystem::path& root, const std::vector<std::string>& paths) {
  unsigned seed = 0;
  for (const std::string& path : paths) write_text(root / path, png_bytes(3, 2, 3, seed++));
}

TEST(FolderSource, ClassesAndFilesAreInBytewiseOrder) {
  const TemporaryDirectory root;
  write_images(root.path(), {"b/10.png", "b/9.PNG", "b/sub/1.png", "Z/1.png", "é/1.png"});
  const auto source = source_of(root.path());
  EXPECT_THAT(source->classes(), ElementsAre("Z", "b", "é"));
  EXPECT_THAT(list_samples(*source),
              ElementsAre("train: Z/1.png = Z", "train: b/10.png = b", "train: b/9.PNG = b",
                          "train: b/sub/1.png = b", "train: é/1.png = é"));
}

TEST(FolderSource, KeepsFilesAsTheyCameAndTellsTheirShape) {
  const TemporaryDirectory root;
  const std::string jpeg = jpeg_bytes(9, 5, 3, 1);
  const std::string png = png_bytes(4, 6, 1, 2);
  write_text(root / "a/1.jpg", jpeg);
  write_text(root / "a/2.jpg", png);  // what it is, not what it is called, counts
  std::vector<SampleRecord> records;
  std::vector<std::string> bytes;
  scan_source(*source_of(root.path()), {.progress = {}},
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

TEST(FolderSource, FoldersCalledLikeSplitsAreTheSplits) {
  for (const std::string valid : {"valid", "val"}) {
    const TemporaryDirectory root;
    write_images(root.path(),
                 {"train/a/1.png", "train/b/2.png", valid + "/b/3.png", "test/a/4.png"});
    EXPECT_THAT(list_samples(*source_of(root.path())),
                ElementsAre("train: train/a/1.png = a", "train: train/b/2.png = b",
                            "valid: " + valid + "/b/3.png = b", "test: test/a/4.png = a"));
  }
}

TEST(FolderSource, AFolderAroundThoseOfTheClassesIsNoClass) {
  const TemporaryDirectory root;
  write_text(root / "shapes/disc/1.png", png_bytes(2, 2, 1, 0));
  write_text(root / "shapes/ring/1.png", png_bytes(2, 2, 1, 1));
  write_text(root / "README.txt", "x");
  expect_error(ExitCode::data, {"'shapes'", "('disc', 'ring')", "/shapes'"},
               [&] { source_of(root.path()); });
  EXPECT_THAT(source_of(root / "shapes")->classes(), ElementsAre("disc", "ring"));
  write_text(root / "shapes/1.png", png_bytes(2, 2, 1, 2));
  EXPECT_THAT(source_of(root.path())->classes(), ElementsAre("shapes"));
}

TEST(FolderSource, AClassMayBeCalledTrain) {
  const TemporaryDirectory root;
  write_images(root.path(), {"train/1.png", "plane/1.png"});
  EXPECT_THAT(source_of(root.path())->classes(), ElementsAre("plane", "train"));
}

TEST(FolderSource, WhatIsNoImageIsLeftOutAndCounted) {
  const TemporaryDirectory root;
  write_images(root.path(), {"a/1.png", "a/2.png", "a/.hidden.png", ".git/3.png"});
  write_text(root / "a/notes.txt", "x");
  write_text(root / "a/more.TXT", "x");
  write_text(root / "README", "x");
  const auto source = source_of(root.path());
  EXPECT_EQ(list_samples(*source).size(), 2u);
  EXPECT_THAT(source->notes(),
              ElementsAre(HasSubstr("2 entries: .txt (the first: a/more.TXT)"),
                          HasSubstr("2 entries: hidden (the first: .git)"),
                          HasSubstr("1 entry: outside of class folders (the first: README)")));
}

TEST(FolderSource, ImagesOfKindsThatAreNotReadAreFaults) {
  const TemporaryDirectory root;
  write_images(root.path(), {"a/1.png", "b/1.png"});
  write_text(root / "a/2.gif", "GIF89a");
  write_text(root / "b/sub/3.TIFF", "II*");
  write_text(root / "b/notes.txt", "x");
  const auto source = source_of(root.path());
  EXPECT_THAT(list_faults(*source),
              ElementsAre("a/2.gif: unsupported image: GIF by its name; convert it to JPEG, PNG or "
                          "WebP",
                          HasSubstr("b/sub/3.TIFF: unsupported image: TIFF")));
  EXPECT_EQ(source->faults()[1].label, "b");
  // A class of such files alone is lost, and so is a source.
  write_text(root / "c/1.gif", "GIF89a");
  expect_error(ExitCode::data, {"all 1 samples of the class 'c'", "c/1.gif", "GIF"},
               [&] { source_of(root.path()); });
  const TemporaryDirectory other;
  write_text(other / "c/1.bmp", "BM");
  expect_error(ExitCode::data, {"all 1 samples of the source", "c/1.bmp", "BMP"},
               [&] { source_of(other.path()); });
  SourceOptions options = source_at(other.path());
  options.unlabelled = true;
  expect_error(ExitCode::data, {"all 1 samples", "BMP"}, [&] { open_source(options); });
}

TEST(FolderSource, FaultsComeWithWhatIsWrongWithTheWhole) {
  const TemporaryDirectory root;
  write_images(root.path(), {"a/1.png", "b/1.png"});
  write_text(root / "a/2.gif", "GIF89a");
  try {
    source_of(root.path(), 0.1);  // a tenth of two images
    ADD_FAILURE() << "no error was thrown";
  } catch (const UnusableSource& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    EXPECT_THAT(error.what(), HasSubstr("--valid-fraction"));
    ASSERT_EQ(error.faults().size(), 1u);
    EXPECT_EQ(error.faults()[0].path, "a/2.gif");
  }
}

TEST(FolderSource, NamesOfClassesAreTrimmedAndInOneFormOfUnicode) {
  const TemporaryDirectory root;
  write_images(root.path(), {"a/1.png", "a /2.png", "Caf\xc3\xa9/1.png", "Cafe\xcc\x81/2.png"});
  const auto source = source_of(root.path());
  EXPECT_THAT(source->classes(), ElementsAre("Caf\xc3\xa9", "a"));
  EXPECT_THAT(source->notes(), ElementsAre(HasSubstr("are one class, 'Caf\xc3\xa9'"),
                                           HasSubstr("'a' and 'a ' are one class, 'a'")));
}

TEST(FolderSource, LinksAreFollowed) {
  const TemporaryDirectory root;
  const TemporaryDirectory elsewhere;
  write_images(elsewhere.path(), {"1.png", "cats/2.png"});
  write_images(root.path(), {"a/0.png"});
  std::filesystem::create_symlink(elsewhere / "1.png", root / "a/1.png");
  std::filesystem::create_directory_symlink(elsewhere / "cats", root / "b");
  EXPECT_THAT(list_samples(*source_of(root.path())),
              ElementsAre("train: a/0.png = a", "train: a/1.png = a", "train: b/2.png = b"));
}

TEST(FolderSource, ALinkThatLeadsNowhereIsAMissingFileAndOneRoundInCirclesAnError) {
  const TemporaryDirectory root;
  write_images(root.path(), {"a/1.png"});
  std::filesystem::create_symlink(root / "gone.png", root / "a/2.png");
  std::filesystem::create_symlink("3.png", root / "a/3.png");
  EXPECT_THAT(list_faults(*source_of(root.path())),
              ElementsAre("a/2.png: missing file", "a/3.png: missing file"));
  std::filesystem::create_directory_symlink(root / "a", root / "a/loop");
  expect_error(ExitCode::data, {"a/loop", "leads back"}, [&] { source_of(root.path()); });
}

TEST(FolderSource, NothingToPackIsExplained) {
  const TemporaryDirectory root;
  const auto expect = [&](const std::vector<std::string>& words) {
    expect_error(ExitCode::data, words, [&] { source_of(root.path()); });
  };
  expect({"one a class"});
  write_text(root / "1.png", png_bytes(2, 2, 1, 0));
  expect({"1 images and no class folders", "--label-regex", "--table", "--unlabelled"});
  write_text(root / "a/1.txt", "x");
  expect({"class folder 'a'", "no image"});
  std::filesystem::remove_all(root / "a");
  write_images(root.path(), {"train/a/1.png", "valid/b/1.png"});
  expect({"valid/b/1.png", "class 'b'"});
  std::filesystem::remove_all(root / "valid");
  write_images(root.path(), {"valid/a/1.png", "val/a/1.png"});
  expect({"both"});
  std::filesystem::remove_all(root / "val");
  std::filesystem::remove(root / "valid/a/1.png");
  expect({"valid", "no image"});
  expect_error(ExitCode::data, {"no such file"}, [&] { source_of(root / "gone"); });
}

TEST(FolderSource, ATestFolderWithoutLabelsIsLeftOutAndSaid) {
  const TemporaryDirectory directory;
  for (const char* path : {"train/cat/0.png", "train/dog/1.png", "test/2.png", "test/3.png"}) {
    write_text(directory / path, png_bytes(3, 2, 3, 0));
  }
  const auto source = source_of(directory.path());
  EXPECT_THAT(list_samples(*source),
              ElementsAre("train: train/cat/0.png = cat", "train: train/dog/1.png = dog"));
  EXPECT_THAT(source->notes(), testing::Contains(HasSubstr("--unlabelled` makes a pack of them")));
  std::filesystem::rename(directory / "test", directory / "valid");
  expect_error(ExitCode::data, {"holds no image in class folders"},
               [&] { source_of(directory.path()); });
}

TEST(FolderSource, AClassNameThatIsNotUtf8IsAnError) {
  const TemporaryDirectory root;
  write_images(root.path(), {"caf\xe9/1.png"});
  expect_error(ExitCode::data, {"UTF-8"}, [&] { source_of(root.path()); });
}

TEST(FolderSource, APatternTakesLabelsOutOfNames) {
  const TemporaryDirectory root;
  write_images(root.path(), {"great_dane_1.png", "x/pug_22.png", "pug.png"});
  SourceOptions options = source_at(root.path());
  options.label_regex = R"(^(.+)_\d+\.png$)";
  const auto source = open_source(options);
  EXPECT_THAT(list_samples(*source),
              ElementsAre("train: great_dane_1.png = great_dane", "train: x/pug_22.png = pug"));
  EXPECT_THAT(list_faults(*source),
              ElementsAre(R"(pug.png: pattern does not match: --label-regex ^(.+)_\d+\.png$)"));
  options.label_regex = "([a-z]+)/";
  options.regex_subject = RegexSubject::path;
  EXPECT_THAT(list_samples(*open_source(options)), ElementsAre("train: x/pug_22.png = x"));
  options.label_regex = "(a)(b)";
  expect_error(ExitCode::usage, {"2 groups"}, [&] { open_source(options); });
}

TEST(FolderSource, WithoutLabelsIsATestSetOrHasItsSplits) {
  const TemporaryDirectory root;
  write_images(root.path(), {"1.png", "sub/2.png"});
  SourceOptions options = source_at(root.path());
  options.unlabelled = true;
  const auto source = open_source(options);
  EXPECT_EQ(source->label_type(), (LabelType{LabelKind::none, 0}));
  EXPECT_THAT(list_samples(*source), ElementsAre("test: 1.png = ", "test: sub/2.png = "));
  const TemporaryDirectory split;
  write_images(split.path(), {"train/1.png", "test/2.png"});
  options.source = split.path();
  EXPECT_THAT(list_samples(*open_source(options)),
              ElementsAre("train: train/1.png = ", "test: test/2.png = "));
}

TEST(FolderSource, AGroupStaysOnOneSide) {
  const TemporaryDirectory root;
  std::vector<std::string> paths;
  for (int patient = 0; patient < 20; ++patient) {
    for (int view = 0; view < 3; ++view) {
      paths.push_back(
          fmt::format("{}/p{}_{}.png", patient % 2 == 0 ? "ill" : "well", patient, view));
    }
  }
  write_images(root.path(), paths);
  SourceOptions options = source_at(root.path(), 0.3);
  options.group_regex = "^(p[0-9]+)_";
  std::map<std::string, std::set<std::string>> splits_of;
  std::map<std::string, int> counts;
  for (const std::string& line : list_samples(*open_source(options))) {
    const std::string split = line.substr(0, line.find(':'));
    const std::size_t at = line.find("/p") + 1;
    splits_of[line.substr(at, line.find('_') - at)].insert(split);
    ++counts[split + line.substr(line.rfind(' '))];
  }
  EXPECT_EQ(splits_of.size(), 20u);
  for (const auto& [patient, splits] : splits_of) EXPECT_EQ(splits.size(), 1u) << patient;
  EXPECT_EQ(counts["valid ill"], 9);
  EXPECT_EQ(counts["valid well"], 9);
}

// ---- the split by fraction

std::set<std::string> valid_files(const std::filesystem::path& root, double fraction,
                                  std::uint64_t seed) {
  SourceOptions options = source_at(root, fraction);
  options.seed = seed;
  std::set<std::string> result;
  for (const std::string& line : list_samples(*open_source(options))) {
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
  std::map<std::string, int> counts;
  for (const std::string& line : valid_files(root.path(), 0.2, 1)) {
    ++counts[line.substr(line.rfind(' ') + 1)];
  }
  EXPECT_EQ(counts, (std::map<std::string, int>{{"cats", 8}, {"dogs", 2}}));
  EXPECT_EQ(source_of(root.path(), 0.2)->splits().at(0).samples, 40u);
}

/// The choice of version 0.1: a pack that is made anew has the same splits.
TEST(ValidFraction, ChoosesTheFilesThatItAlwaysChose) {
  const TemporaryDirectory root;
  write_images(root.path(), numbered_files(10, 5));
  EXPECT_THAT(valid_files(root.path(), 0.3, 1),
              ElementsAre("valid: cats/2.png = cats", "valid: cats/3.png = cats",
                          "valid: cats/4.png = cats", "valid: dogs/0.png = dogs",
                          "valid: dogs/4.png = dogs"));
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
    expect_error(ExitCode::usage, {"--valid-fraction"}, [&] { source_of(root.path(), fraction); });
  }
  expect_error(ExitCode::usage, {"leaves that split empty"}, [&] { source_of(root.path(), 0.01); });
  const TemporaryDirectory split;
  write_images(split.path(), {"train/a/1.png", "valid/a/1.png"});
  expect_error(ExitCode::usage, {"own split 'valid'"}, [&] { source_of(split.path(), 0.1); });
}

TEST(SplitList, NamesWhatIsForValidationAndMustExist) {
  const TemporaryDirectory root;
  write_images(root.path(), numbered_files(3, 2));
  write_text(root / ".valid.txt", "cats/1.png\r\n\ndogs/0.png");
  SourceOptions options = source_at(root.path());
  options.valid_list = root / ".valid.txt";
  EXPECT_THAT(list_samples(*open_source(options)),
              ElementsAre("train: cats/0.png = cats", "train: cats/2.png = cats",
                          "train: dogs/1.png = dogs", "valid: cats/1.png = cats",
                          "valid: dogs/0.png = dogs"));
  write_text(options.valid_list, "cats/1.png\ncats/7.png\n");
  expect_error(ExitCode::usage, {".valid.txt", "cats/7.png", "not in the source"},
               [&] { open_source(options); });
  options.valid_fraction = 0.5;
  expect_error(ExitCode::usage, {"--valid-list and --valid-fraction"},
               [&] { open_source(options); });
}

TEST(SmallerProblem, ClassesAndLimitKeepProportions) {
  const TemporaryDirectory root;
  std::vector<std::string> paths = numbered_files(20, 10);
  paths.push_back("birds/1.png");
  write_images(root.path(), paths);
  SourceOptions options = source_at(root.path());
  options.classes = {"dogs", "cats"};
  options.limit = 9;
  const auto source = open_source(options);
  EXPECT_THAT(source->classes(), ElementsAre("cats", "dogs"));
  std::map<std::string, int> counts;
  for (const std::string& line : list_samples(*source)) ++counts[line.substr(line.rfind(' ') + 1)];
  EXPECT_EQ(counts, (std::map<std::string, int>{{"cats", 6}, {"dogs", 3}}));
  options.classes = {"dogs", "doves"};
  expect_error(ExitCode::usage, {"'doves'", "birds, cats, dogs"}, [&] { open_source(options); });
}

}  // namespace
}  // namespace lockstep
