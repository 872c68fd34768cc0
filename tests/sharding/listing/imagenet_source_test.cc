#include <gmock/gmock.h>

#include "sharding/listing/open_source.h"
#include "sharding/table/ground_truth.h"
#include "tests/sharding/archive_fixture.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;

/// ImageNet's files, as they come.
class ImagenetSource : public testing::Test {
 protected:
  ImagenetSource() {
    write_archive(root_ / "in/ILSVRC2012_img_train.tar",
                  {{"n02.tar", archive_bytes(".tar", {{"n02_9.JPEG", jpeg_bytes(4, 4, 3, 1)},
                                                      {"n02_10.JPEG", jpeg_bytes(4, 4, 3, 2)}})},
                   {"n01.tar", archive_bytes(".tar", {{"n01_1.JPEG", jpeg_bytes(4, 4, 3, 3)}})}});
    write_archive(root_ / "in/ILSVRC2012_img_val.tar",
                  {{"ILSVRC2012_val_00000002.JPEG", jpeg_bytes(4, 4, 3, 5)},
                   {"ILSVRC2012_val_00000001.JPEG", jpeg_bytes(4, 4, 3, 4)}});
    write_text(root_ / "synsets.txt", "n02\nn01\n");
    write_text(root_ / "words.txt", "n01 tench, Tinca tinca\nn02 goldfish\n");
  }

  SourceOptions with_truth(std::string_view text) {
    write_text(root_ / "truth.txt", text);
    SourceOptions options = source_at(root_ / "in");
    options.valid_labels = root_ / "truth.txt";
    options.class_list = root_ / "synsets.txt";
    return options;
  }

  TemporaryDirectory root_;
};

const auto kSamples = ElementsAre("train: ILSVRC2012_img_train/n01/n01_1.JPEG = n01",
                                  "train: ILSVRC2012_img_train/n02/n02_10.JPEG = n02",
                                  "train: ILSVRC2012_img_train/n02/n02_9.JPEG = n02",
                                  "valid: ILSVRC2012_img_val/ILSVRC2012_val_00000001.JPEG = n02",
                                  "valid: ILSVRC2012_img_val/ILSVRC2012_val_00000002.JPEG = n01");

TEST_F(ImagenetSource, TheTarOfTarsAndTheGroundTruthAreOnePack) {
  SourceOptions options = with_truth("1\n2\n");
  EXPECT_THAT(list_samples(*open_source(options)), kSamples);
  options.class_names = root_ / "words.txt";
  EXPECT_THAT(open_source(options)->classes(), ElementsAre("goldfish", "tench, Tinca tinca"));
}

TEST_F(ImagenetSource, TheGroundTruthMayNameTheFiles) {
  EXPECT_THAT(list_samples(*open_source(
                  with_truth("ILSVRC2012_val_00000002.JPEG 1\nILSVRC2012_val_00000001.JPEG 0\n"))),
              kSamples);
  EXPECT_THAT(list_samples(*open_source(
                  with_truth("ImageId,PredictionString\nILSVRC2012_val_00000002,n01 85 1 499 272 \n"
                             "ILSVRC2012_val_00000001,n02 1 2 3 4 n02 5 6 7 8\n"))),
              kSamples);
}

TEST_F(ImagenetSource, AGroundTruthThatDoesNotFitIsRefused) {
  expect_error(ExitCode::usage, {"3 lines for 2 images"},
               [&] { open_source(with_truth("1\n2\n1\n")); });
  expect_error(ExitCode::usage, {"number 3", "2 classes"},
               [&] { open_source(with_truth("1\n3\n")); });
  expect_error(ExitCode::usage, {"has none"}, [&] {
    SourceOptions options = with_truth("1\n");
    options.source = root_ / "in/ILSVRC2012_img_train.tar";
    open_source(options);
  });
}

TEST(GroundTruth, NumbersBeginWithZeroWhereOneIsZero) {
  EXPECT_EQ(GroundTruth("0\n1\n", {"a", "b"}).class_of("x", 1), "b");
  EXPECT_EQ(GroundTruth("2\n1\n", {"a", "b"}).class_of("x", 0), "b");
  EXPECT_EQ(GroundTruth("2\n1\n", {}).class_of("x", 0), "2");
  EXPECT_THAT(read_class_list("n02 goldfish, x\nn01\n\n"), ElementsAre("n02", "n01"));
}

}  // namespace
}  // namespace lockstep
