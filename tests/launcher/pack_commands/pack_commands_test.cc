#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "launcher/pack_commands/pack_command.h"
#include "launcher/pack_commands/verify_command.h"
#include "sharding/read/pack.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

class PackVerbsTest : public testing::Test {
 protected:
  PackVerbsTest() : log_("test", std::make_shared<spdlog::sinks::ostream_sink_st>(text_)) {
    for (unsigned i = 0; i < 12; ++i) {
      const std::string name = fmt::format("{}/{}.png", i % 3 == 0 ? "dogs" : "cats", i);
      write_text(directory_ / "images" / name, png_bytes(4, 5 + int(i % 2), 3, i));
    }
    command_.source = directory_ / "images";
    command_.out = directory_ / "pack";
    command_.valid_fraction = 0.25;
  }

  std::string log() {
    log_.flush();
    return text_.str();
  }

  TemporaryDirectory directory_;
  std::ostringstream text_;
  spdlog::logger log_;
  PackCommand command_;
};

TEST_F(PackVerbsTest, PackSaysWhatItMadeAndWhatItLeftOut) {
  write_text(directory_ / "images/cats/notes.txt", "x");
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  EXPECT_THAT(log(), HasSubstr("notes.txt"));
  EXPECT_THAT(log(), HasSubstr("train: 9 images, 1 shard"));
  EXPECT_THAT(log(), HasSubstr("valid: 3 images, 1 shard"));
  EXPECT_THAT(log(), HasSubstr(Pack(command_.out).fingerprint()));
}

TEST_F(PackVerbsTest, PackNamesClassesAndSplitsBeforeItWrites) {
  for (int i = 0; i < 12; ++i) {
    write_text(directory_ / "images" / fmt::format("z{:02}/1.png", i), png_bytes(4, 4, 3, 1));
  }
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  const std::string text = log();
  const std::string classes = "14 classes: cats, dogs, z00, z01, z02, z03, z04, z05, z06, z07, …";
  EXPECT_THAT(text, HasSubstr(classes));
  EXPECT_THAT(text, HasSubstr("to pack: train 21, valid 3"));
  EXPECT_LT(text.find("to pack: "), text.find("train: 21 images"));
  EXPECT_THAT(text, testing::Not(HasSubstr("one class")));
}

TEST_F(PackVerbsTest, OneClassAloneIsWarnedOf) {
  command_.classes = {"cats"};
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  EXPECT_THAT(log(), HasSubstr("one class alone"));
}

TEST_F(PackVerbsTest, OneImageIsNoImages) {
  command_.valid_fraction = 0.1;
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  EXPECT_THAT(log(), HasSubstr("valid: 1 image, 1 shard"));
}

TEST_F(PackVerbsTest, PackSaysWhatItRejectedAndUnderStrictFails) {
  write_text(directory_ / "images/cats/bad.jpg", "no image");
  command_.strict = true;
  EXPECT_EQ(run_pack(command_, log_), ExitCode::data);
  EXPECT_THAT(log(), HasSubstr("rejected 1: not an image (cats/bad.jpg: "));
  EXPECT_THAT(log(), HasSubstr("--strict"));
  EXPECT_THAT(read_text(command_.out / "rejected.csv"), HasSubstr("cats/bad.jpg,"));
  command_.strict = false;
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  EXPECT_THAT(log(), HasSubstr("1 sample is left out"));
}

TEST_F(PackVerbsTest, FaultsAreToldAndListedAlsoWhereTheSplitCannotBeMade) {
  write_text(directory_ / "images/cats/x.gif", "GIF89a");
  command_.valid_fraction = 0.01;
  EXPECT_THROW(run_pack(command_, log_), UnusableSource);
  EXPECT_THAT(log(), HasSubstr("rejected 1: unsupported image (cats/x.gif: "));
  EXPECT_THAT(log(), HasSubstr("rejected.csv' lists them"));
  EXPECT_THAT(read_text(command_.out / "rejected.csv"), HasSubstr("cats/x.gif,"));
  command_.valid_fraction = 0.25;
  command_.strict = true;
  EXPECT_EQ(run_pack(command_, log_), ExitCode::data) << "--strict counts it";
  command_.strict = false;
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  // A class whose images are all bad: found only as they are read.
  command_.force = true;
  for (const char* name : {"0", "3", "6", "9"}) {
    write_text(directory_ / "images" / fmt::format("dogs/{}.png", name), "x");
  }
  text_.str("");
  EXPECT_THROW(run_pack(command_, log_), UnusableSource);
  EXPECT_THAT(log(), HasSubstr("rejected 4: not an image"));
}

TEST_F(PackVerbsTest, StrictRefusesAFinishedPackWithFaultsAndNamesTheirList) {
  write_text(directory_ / "images/cats/bad.jpg", "no image");
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  const std::string fingerprint = Pack(command_.out).fingerprint();
  command_.strict = true;
  EXPECT_EQ(run_pack(command_, log_), ExitCode::data);
  const std::string list = (command_.out / "rejected.csv").string();
  EXPECT_THAT(log(), HasSubstr("whose faults '" + list + "' lists"));
  EXPECT_EQ(Pack(command_.out).fingerprint(), fingerprint);
}

TEST_F(PackVerbsTest, StrictMakesAPackWhereThereIsNoFault) {
  command_.strict = true;
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  EXPECT_THAT(log(), HasSubstr("up to date"));
  EXPECT_FALSE(std::filesystem::exists(command_.out / "rejected.csv"));
}

TEST_F(PackVerbsTest, RejectedSamplesAreListedAsRfc4180Says) {
  write_text(directory_ / "images/cats/bad.jpg", "no image");
  write_text(directory_ / "images/dogs/a,\"b\".jpg", "");
  std::filesystem::create_symlink("nowhere", directory_ / "images/dogs/gone.png");
  write_text(directory_ / "images/dogs/named.jpg", png_bytes(4, 5, 3, 99));
  command_.valid_fraction = 0;
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  EXPECT_EQ(read_text(command_.out / "rejected.csv"),
            "path,split,label,reason\r\n"
            "cats/bad.jpg,train,cats,not an image: a text: 'no image' (8 bytes)\r\n"
            "\"dogs/a,\"\"b\"\".jpg\",train,dogs,empty file\r\n"
            "dogs/gone.png,train,dogs,missing file\r\n"
            "dogs/named.jpg,train,dogs,\"wrong extension: a JPEG by its name, a PNG by its content "
            "(packed all the same)\"\r\n");
  EXPECT_EQ(Pack(command_.out).manifest().rejected, 3u);
  EXPECT_THAT(log(), HasSubstr("3 samples are left out"));
}

TEST_F(PackVerbsTest, ARegressionTableIsSplitByPatientAndItsBadRowsAreListed) {
  std::string rows = "file,age,patient\n";
  for (int i = 0; i < 12; ++i) {
    rows += fmt::format("{}/{}.png,{}.5,p{}\n", i % 3 == 0 ? "dogs" : "cats", i, i, i / 2);
  }
  write_text(directory_ / "ages.csv", rows + "none.png,3,p9\ndogs/x.png,old,p9\n");
  command_.table = directory_ / "ages.csv";
  command_.label_columns = {"age"};
  command_.task = LabelTask::regression;
  command_.group_column = "patient";
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  const PackManifest manifest = Pack(command_.out).manifest();
  EXPECT_EQ(manifest.label, (LabelType{LabelKind::float32, 1}));
  ASSERT_EQ(manifest.splits.size(), 2u);
  EXPECT_EQ(manifest.splits[0].samples + manifest.splits[1].samples, 12u);
  EXPECT_EQ(manifest.splits[1].samples % 2, 0u);  // whole patients
  EXPECT_THAT(read_text(command_.out / "rejected.csv"),
              HasSubstr("dogs/x.png,,,bad target: line 15: column 'age' is 'old'\r\n"));
  EXPECT_THAT(log(), HasSubstr("2 samples are left out"));
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  EXPECT_THAT(log(), HasSubstr("up to date"));
}

TEST_F(PackVerbsTest, DrawnImagesBecomeTheSamePackOnAnyNumberOfThreads) {
  command_.source.clear();
  command_.synthetic = SyntheticKind::shapes;
  command_.samples = 100;
  command_.jobs = 1;
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  EXPECT_THAT(log(), HasSubstr("10 classes: disc, square, "));
  EXPECT_THAT(log(), HasSubstr("to pack: train 70, valid 30"));
  command_.jobs = 3;
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  EXPECT_THAT(log(), HasSubstr("up to date"));
  PackCommand again = command_;
  again.out = directory_ / "again";
  EXPECT_EQ(run_pack(again, log_), ExitCode::ok);
  EXPECT_EQ(Pack(again.out).fingerprint(), Pack(command_.out).fingerprint());
  command_.seed = 2;
  expect_error(ExitCode::usage, {"--force"}, [&] { run_pack(command_, log_); });
  command_.force = true;
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  EXPECT_NE(Pack(again.out).fingerprint(), Pack(command_.out).fingerprint());
}

TEST_F(PackVerbsTest, APackInsideOfItsSourceIsRefused) {
  command_.out = directory_ / "images" / "made" / "pack";
  expect_error(ExitCode::usage, {"lies in SOURCE"}, [&] { run_pack(command_, log_); });
  EXPECT_FALSE(std::filesystem::exists(directory_ / "images" / "made"));
  command_.out = directory_ / "images-pack";
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
}

TEST_F(PackVerbsTest, AnImpossiblePlaceIsRefused) {
  command_.out = directory_ / std::string(300, 'x');
  expect_error(ExitCode::usage, {"cannot be a directory's name", "too long"},
               [&] { run_pack(command_, log_); });
  command_.out = directory_ / "link";
  std::filesystem::create_directory_symlink(directory_ / "gone", command_.out);
  expect_error(ExitCode::usage, {"a link that leads to no directory"},
               [&] { run_pack(command_, log_); });
  std::filesystem::create_directory(directory_ / "gone");
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
}

TEST_F(PackVerbsTest, APackInsideOfAnotherIsRefused) {
  run_pack(command_, log_);
  command_.out /= "inner/pack";
  expect_error(ExitCode::usage, {"lies in the pack"}, [&] { run_pack(command_, log_); });
}

TEST_F(PackVerbsTest, PackAgainIsUpToDateAndWithAnotherSeedRefusedUnlessForced) {
  run_pack(command_, log_);
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
  EXPECT_THAT(log(), HasSubstr("up to date"));
  command_.seed = 2;
  expect_error(ExitCode::usage, {"--force"}, [&] { run_pack(command_, log_); });
  command_.force = true;
  EXPECT_EQ(run_pack(command_, log_), ExitCode::ok);
}

TEST_F(PackVerbsTest, VerifyTellsAWholePackFromADamagedOne) {
  run_pack(command_, log_);
  EXPECT_EQ(run_verify({command_.out}, log_), ExitCode::ok);
  EXPECT_THAT(log(), HasSubstr("is whole: 12 samples in 2 shards"));
  const ShardInfo shard = Pack(command_.out).manifest().splits.at(0).shards.at(0);
  flip_bit(command_.out / shard.file, shard.bytes.address + 9);
  EXPECT_EQ(run_verify({command_.out}, log_), ExitCode::data);
  EXPECT_THAT(log(), HasSubstr("sample 0 of split 'train' (from 'cats/"));
  EXPECT_THAT(log(), HasSubstr("is damaged: 1 problem;"));
}

}  // namespace
}  // namespace lockstep
