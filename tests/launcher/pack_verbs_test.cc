#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "launcher/pack.h"
#include "launcher/verify.h"
#include "sharding/pack.h"
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
  EXPECT_THAT(log(), HasSubstr("is whole: 12 images in 2 shards"));
  const ShardInfo shard = Pack(command_.out).manifest().splits.at(0).shards.at(0);
  flip_bit(command_.out / shard.file, shard.bytes.address + 9);
  EXPECT_EQ(run_verify({command_.out}, log_), ExitCode::data);
  EXPECT_THAT(log(), HasSubstr("sample 0 of split 'train' (from 'cats/"));
  EXPECT_THAT(log(), HasSubstr("is damaged: 1 problem;"));
}

}  // namespace
}  // namespace lockstep
