#include "sharding/listing/split_folders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/listing/open_source.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Kind = FolderReading::Kind;

FolderReading read(const std::vector<std::string>& names, bool has_folders = true) {
  return read_folder_names(names, [=](const std::string&) { return has_folders; });
}

/// "train=Train test=Test": the splits and their folders.
std::string splits_of(const FolderReading& reading) {
  std::string text;
  for (const SplitFolder& split : reading.splits) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name_of(split.split), split.folder);
  }
  return text;
}

TEST(FolderNames, AreSplitsByEveryNameOfTheTableInAnyCaseWithWhatAllShare) {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"train"}, "train=train"},
      {{"train", "validation"}, "train=train valid=validation"},
      {{"Test", "Train"}, "train=Train test=Test"},
      {{"Testing", "Training"}, "train=Training test=Testing"},
      {{"TRAIN", "VAL", "TEST"}, "train=TRAIN valid=VAL test=TEST"},
      {{"dev", "train"}, "train=train valid=dev"},
      {{"seg_test", "seg_train"}, "train=seg_train test=seg_test"},
      {{"train_images", "val_images"}, "train=train_images valid=val_images"},
      {{"train2017", "val2017"}, "train=train2017 valid=val2017"},
      {{"TestImages", "TrainImages"}, "train=TrainImages test=TestImages"},
      {{"testset", "trainset"}, "train=trainset test=testset"},
      {{"01-Train (a)", "01-test (A)"}, "train=01-Train (a) test=01-test (A)"},
  };
  for (const auto& [names, wanted] : cases) {
    const FolderReading reading = read(names);
    EXPECT_EQ(reading.kind, Kind::splits) << wanted << reading.doubt;
    EXPECT_EQ(splits_of(reading), wanted);
  }
}

TEST(FolderNames, AreClassesWhereNoneOrOnlyALoneNameIsLikeASplit) {
  const std::vector<std::vector<std::string>> cases[] = {{
      {},
      {"cat", "dog"},
      {"bullet_train", "freight_train", "plane"},
      {"beaker", "test_tube"},
      {"contest", "detest", "constrain"},
      {"trainer", "tester"},
      {"bullet_train"},
  }};
  for (const auto& names : *cases) {
    EXPECT_EQ(read(names).kind, Kind::classes) << testing::PrintToString(names);
  }
  EXPECT_EQ(read({"plane", "train"}, false).kind, Kind::classes) << "it holds images itself";
}

TEST(FolderNames, AreUnclearWhereTheyAreHalfLikeSplits) {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"extra", "test", "train"}, "'train', 'test' are called like splits, beside 'extra'"},
      {{"labels", "train"}, "'train' is called like a split, beside 'labels'"},
      {{"test", "valid"}, "no folder is to train on"},
      {{"test"}, "'test' is called like a split, and no folder is to train on"},
      {{"train", "val", "valid"}, "both 'val' and 'valid'"},
      {{"test", "train_a"}, "differs"},
      {{"train", "val_images"}, "differs"},
      {{"annotations", "train_images", "val_images"}, "beside 'annotations'"},
  };
  for (const auto& [names, doubt] : cases) {
    const FolderReading reading = read(names);
    EXPECT_EQ(reading.kind, Kind::unclear) << doubt;
    EXPECT_THAT(reading.doubt, HasSubstr(doubt));
  }
}

class SplitFolders : public testing::Test {
 protected:
  void fill(const std::vector<std::string>& folders) {
    unsigned seed = 0;
    for (const std::string& folder : folders) {
      write_text(root_ / folder / "1.png", png_bytes(3, 2, 3, seed++));
    }
  }
  std::vector<std::string> samples(FolderMeaning folders = FolderMeaning::automatic) {
    SourceOptions options = source_at(root_.path());
    options.folders = folders;
    return list_samples(*open_source(options));
  }
  void expect_refusal(const std::vector<std::string>& words) {
    expect_error(ExitCode::usage, words, [&] { samples(); });
  }

  TemporaryDirectory root_;
};

TEST_F(SplitFolders, OfOtherNamesAreTheSplitsOfTheSource) {
  fill({"seg_train/cat", "seg_train/dog", "seg_test/cat"});
  EXPECT_THAT(samples(),
              ElementsAre("train: seg_train/cat/1.png = cat", "train: seg_train/dog/1.png = dog",
                          "test: seg_test/cat/1.png = cat"));
}

TEST_F(SplitFolders, BesideOtherFoldersAreForTheUserToDecide) {
  fill({"train/cat", "train/dog", "val/cat", "extra/cat"});
  expect_refusal({"'train', 'val'", "beside 'extra'", "--folders splits", "--folders classes"});
  EXPECT_EQ(samples(FolderMeaning::splits).size(), 3u);
  EXPECT_THAT(samples(FolderMeaning::classes), testing::Contains("train: train/dog/1.png = train"));
  SourceOptions options = source_at(root_.path());
  options.folders = FolderMeaning::splits;
  const auto source = open_source(options);
  EXPECT_THAT(source->notes(), ElementsAre(HasSubstr("splits' folders (the first: extra)")));
  EXPECT_EQ(source->options().at("folders"), "splits");
  options.label_regex = "(.)";
  options.folders = FolderMeaning::automatic;
  expect_error(ExitCode::usage, {"beside 'extra'", "all folders for one split"},
               [&] { open_source(options); });
}

TEST_F(SplitFolders, WithoutOneToTrainOnNeedTheOption) {
  fill({"test/cat", "test/dog"});
  expect_refusal({"no folder is to train on", "--folders"});
  EXPECT_THAT(samples(FolderMeaning::splits),
              ElementsAre("test: test/cat/1.png = cat", "test: test/dog/1.png = dog"));
  SourceOptions options = source_at(root_.path());
  options.unlabelled = true;
  EXPECT_EQ(list_samples(*open_source(options)).size(), 2u) << "all of it is the split test";
}

TEST_F(SplitFolders, FurtherDownAreNotPackedAsOne) {
  fill({"cat/train", "cat/test", "dog/train", "dog/test"});
  expect_refusal({"class folder 'cat'", "'train', 'test'", "SOURCE/train/cat"});
  EXPECT_EQ(samples(FolderMeaning::classes).size(), 4u);
}

TEST_F(SplitFolders, OneFolderTooHighIsToldWhereToLook) {
  fill({"archive/train/cat", "archive/train/dog", "archive/test/cat"});
  expect_refusal({"holds the folder 'archive' alone", "/archive' as SOURCE"});
}

TEST_F(SplitFolders, WhatSystemsLeaveAmongThemIsNoFolderOfTheSource) {
  fill({"train/cat", "train/dog", "test/cat", "__MACOSX/train", "train/@eaDir"});
  EXPECT_EQ(samples().size(), 3u);
}

TEST_F(SplitFolders, NoneIsCalledSo) {
  fill({"cat", "dog"});
  expect_error(ExitCode::usage, {"no folder", "like a split", "'cat', 'dog'"},
               [&] { samples(FolderMeaning::splits); });
}

}  // namespace
}  // namespace lockstep
