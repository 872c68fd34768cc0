#include "sharding/read/pack_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/read/pack_verify.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kBoth = {"train", "valid"};

class PackCopyTest : public testing::Test {
 protected:
  PackCopyTest() {
    PackWriterOptions options;
    options.out = pack_;
    options.shard_bytes = 1000;
    write_pack(random_source(100, 50), options);
  }

  TemporaryDirectory directory_;
  fs::path pack_ = directory_ / "pack";
  fs::path copy_ = directory_ / "node/copy";
};

TEST_F(PackCopyTest, IsThePackByteForByte) {
  std::uint64_t last = 0;
  const auto progress = [&](std::uint64_t done, std::uint64_t total) {
    EXPECT_GT(done, last);
    EXPECT_LE(done, total);
    last = done;
  };
  const PackCopy copy = copy_pack(Pack(pack_), kBoth, copy_, progress);
  EXPECT_EQ(copy.copied, copy.bytes);
  EXPECT_EQ(last, copy.bytes);
  EXPECT_THAT(verify_pack(copy_).problems, testing::IsEmpty());
  FileContents original = read_directory(pack_);
  original.erase("rejected.csv");
  EXPECT_EQ(read_directory(copy_), original);
}

TEST_F(PackCopyTest, GoesOnWhereItWasKilled) {
  copy_pack(Pack(pack_), kBoth, copy_);
  const FileContents whole = read_directory(copy_);
  ASSERT_GT(whole.size(), 4u);
  fs::remove(copy_ / "pack.json");
  fs::remove(copy_ / "train-00001.h5");
  write_text(copy_ / "train-00001.h5.part", "half of it");
  fs::resize_file(copy_ / "train-00002.h5", 100);
  const PackCopy copy = copy_pack(Pack(pack_), kBoth, copy_);
  EXPECT_EQ(copy.copied,
            fs::file_size(pack_ / "train-00001.h5") + fs::file_size(pack_ / "train-00002.h5"));
  EXPECT_EQ(read_directory(copy_), whole);
}

TEST_F(PackCopyTest, TakesTheSplitsThatAreAskedForAndAddsOthersLater) {
  const std::vector<std::string> valid = {"valid"};
  copy_pack(Pack(pack_), valid, copy_);
  EXPECT_FALSE(fs::exists(copy_ / "train-00000.h5"));
  Sample sample;
  Pack(copy_).split("valid")->read(3, sample);
  copy_pack(Pack(pack_), kBoth, copy_);
  EXPECT_THAT(verify_pack(copy_).problems, testing::IsEmpty());
}

TEST_F(PackCopyTest, DoesNotTakeADamagedShard) {
  flip_bit(pack_ / "train-00001.h5", 700);
  expect_error(ExitCode::data, {"train-00001.h5' is damaged", "lockstep verify"},
               [&] { copy_pack(Pack(pack_), kBoth, copy_); });
  EXPECT_TRUE(fs::exists(copy_ / "train-00000.h5"));
  EXPECT_FALSE(fs::exists(copy_ / "train-00001.h5"));
  EXPECT_FALSE(fs::exists(copy_ / "train-00001.h5.part"));
}

TEST_F(PackCopyTest, BelievesNoManifestThatSomebodyElsePutThere) {
  fs::create_directories(copy_);
  write_text(copy_ / "pack.json", "{}");
  copy_pack(Pack(pack_), kBoth, copy_);
  EXPECT_EQ(Pack(copy_).fingerprint(), Pack(pack_).fingerprint());
}

}  // namespace
}  // namespace lockstep
