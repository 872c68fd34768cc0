#include "sharding/read/pack_verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/read/pack.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class PackVerifyTest : public testing::Test {
 protected:
  PackVerifyTest() {
    for (unsigned i = 0; i < 12; ++i) {
      const std::string name = fmt::format("{}/{:02}", i % 2 == 0 ? "cats" : "dogs", i);
      write_text(directory_ / "images" / (name + ".png"), png_bytes(4, 5, 3, i));
    }
    PackWriterOptions options;
    options.out = out_;
    options.shard_bytes = 700;
    write_pack(*source_of(directory_ / "images"), options);
    shard_ = Pack(out_).manifest().splits.at(0).shards.at(1);
  }

  std::vector<std::string> problems() const { return verify_pack(out_).problems; }
  fs::path path() const { return out_ / shard_.file; }

  TemporaryDirectory directory_;
  fs::path out_ = directory_ / "pack";
  ShardInfo shard_;
};

TEST_F(PackVerifyTest, AWholePackHasNoProblems) {
  std::uint64_t last = 0;
  const PackVerifyReport report = verify_pack(out_, [&](std::uint64_t done, std::uint64_t total) {
    EXPECT_EQ(total, 12u);
    last = done;
  });
  EXPECT_TRUE(report.problems.empty());
  EXPECT_EQ(report.samples, 12u);
  EXPECT_EQ(last, 12u);
}

TEST_F(PackVerifyTest, AFlippedByteOfAShardIsFoundAndItsPlaceNamed) {
  const auto inside = [](std::uint64_t at, const DatasetExtent& extent) {
    return at >= extent.address && at < extent.address + extent.size;
  };
  // Not every byte: HDF5 opens the other shards in a child process each time.
  for (std::uint64_t at = 0; at < shard_.size; at += 11) {
    flip_bit(path(), at);
    const std::string place = inside(at, shard_.bytes)   ? "does not match its checksum"
                              : inside(at, shard_.index) ? "/index"
                                                         : "outside of /bytes and /index";
    EXPECT_THAT(problems(), Contains(AllOf(HasSubstr(shard_.file), HasSubstr(place)))) << at;
    flip_bit(path(), at);
  }
  EXPECT_TRUE(problems().empty());
}

TEST_F(PackVerifyTest, ADamagedImageIsNamedByNumberAndSource) {
  const std::uint64_t first_id = Pack(out_).manifest().splits.at(0).shards.at(0).samples;
  flip_bit(path(), shard_.bytes.address);
  EXPECT_THAT(problems(),
              ElementsAre(AllOf(HasSubstr(fmt::format("sample {} of split 'train'", first_id)),
                                HasSubstr("cats/"), HasSubstr(".png"), HasSubstr("checksum"))));
}

TEST_F(PackVerifyTest, ShardsThatAreGoneOrCutAreNamedAndTheRestIsChecked) {
  fs::remove(out_ / "train-00000.h5");
  fs::resize_file(path(), shard_.size / 2);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("train-00000.h5"),
                                      AllOf(HasSubstr("train-00001.h5"), HasSubstr("cut short"))));
}

TEST_F(PackVerifyTest, ManyDamagedSamplesAreCounted) {
  PackWriterOptions options;
  options.out = directory_ / "large";
  write_pack(random_source(100, 10), options);
  const ShardInfo shard = Pack(options.out).manifest().splits.at(0).shards.at(0);
  for (std::uint64_t i = 0; i < 100; ++i) {
    flip_bit(options.out / shard.file, shard.bytes.address + i * 10);
  }
  const auto found = verify_pack(options.out).problems;
  EXPECT_EQ(found.size(), 21u);
  EXPECT_THAT(found.back(), HasSubstr("80 more"));
}

TEST_F(PackVerifyTest, LabelNamesAreComparedWithThoseOfTheShards) {
  const auto write = [&](const std::string& name, std::vector<std::string> label_names) {
    MemorySource source({LabelKind::float32, 1}, {}, std::move(label_names));
    source.add("train", "a", "pixels", -1, {1});
    write_pack(source, {.out = directory_ / name, .progress = {}});
    return directory_ / name;
  };
  const fs::path named = write("named", {"age"});
  EXPECT_TRUE(verify_pack(named).problems.empty());
  EXPECT_TRUE(verify_pack(write("numbered", {})).problems.empty());
  PackManifest manifest = read_pack_manifest(named);
  manifest.label_names = {"mass"};
  write_pack_manifest(named, manifest);
  EXPECT_THAT(verify_pack(named).problems, ElementsAre(HasSubstr("another list of label names")));
}

TEST_F(PackVerifyTest, ADamagedManifestIsAnError) {
  flip_bit(out_ / "pack.json", 200);
  expect_error(ExitCode::data, {"pack.json", "damaged"}, [&] { verify_pack(out_); });
}

}  // namespace
}  // namespace lockstep
