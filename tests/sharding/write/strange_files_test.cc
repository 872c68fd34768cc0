#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/read/pack.h"
#include "sharding/read/pack_verify.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

/// A PNG's header alone: the largest image that it tells of takes no memory.
std::string huge_png(std::uint32_t width, std::uint32_t height) {
  std::string png = png_bytes(1, 1, 1, 0);
  for (int i = 0; i < 4; ++i) {
    png[16 + i] = static_cast<char>(width >> (24 - 8 * i));
    png[20 + i] = static_cast<char>(height >> (24 - 8 * i));
  }
  // The checksum of the header, over its name and data.
  std::uint32_t crc = 0xffffffff;
  for (int i = 12; i < 29; ++i) {
    crc ^= static_cast<unsigned char>(png[i]);
    for (int k = 0; k < 8; ++k) crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
  }
  crc = ~crc;
  for (int i = 0; i < 4; ++i) png[29 + i] = static_cast<char>(crc >> (24 - 8 * i));
  return png;
}

/// Good images of two classes, and every kind of bad file among them.
class StrangeFiles : public testing::Test {
 protected:
  StrangeFiles() {
    for (unsigned i = 0; i < 6; ++i) {
      write_text(images_ / fmt::format("{}/{}.png", i % 2 == 0 ? "ants" : "bees", i),
                 png_bytes(8, 9, 3, i));
    }
  }

  void add_bad_files() {
    const std::string jpeg = jpeg_bytes(40, 40, 3, 1);
    const std::string png = png_bytes(40, 40, 3, 1);
    write_text(images_ / "ants/empty.jpg", "");
    write_text(images_ / "ants/text.jpg", "<html>404</html>");
    write_text(images_ / "ants/half.jpg", jpeg.substr(0, jpeg.size() / 2));
    write_text(images_ / "ants/header.jpg", jpeg.substr(0, 20));
    write_text(images_ / "bees/tail.jpg", jpeg.substr(0, jpeg.size() - 1));
    write_text(images_ / "bees/half.png", png.substr(0, png.size() / 2));
    write_text(images_ / "bees/wide.png", huge_png(16'385, 1));
    write_text(images_ / "bees/many,pixels.png", huge_png(10'001, 10'000));
    std::string flipped = png;
    flipped[png.size() / 2] = static_cast<char>(flipped[png.size() / 2] ^ 8);
    write_text(images_ / "bees/flipped.png", flipped);
    write_text(images_ / "bees/large.png", "x");
    fs::resize_file(images_ / "bees/large.png", (64 << 20) + 1);
    fs::create_symlink("nowhere", images_ / "bees/gone.png");
  }

  TemporaryDirectory directory_;
  fs::path images_ = directory_ / "images";
  fs::path out_ = directory_ / "pack";
};

TEST_F(StrangeFiles, AreLeftOutCountedAndListedWithTheReason) {
  add_bad_files();
  const PackResult result = write_pack(*source_of(images_), writer_to(out_));
  EXPECT_EQ(result.outcome, PackOutcome::written);
  EXPECT_EQ(count_rejected(result.faults), 11u);
  const Pack pack(out_);
  EXPECT_EQ(pack.manifest().rejected, 11u);
  EXPECT_EQ(pack.manifest().splits.at(0).samples, 6u);
  EXPECT_TRUE(verify_pack(out_).problems.empty());
  const std::string csv = read_text(out_ / kRejectedFile);
  for (const std::string line :
       {"path,split,label,reason\r\n", "ants/empty.jpg,train,ants,empty file\r\n",
        "ants/text.jpg,train,ants,\"not an image: an HTML page, ",
        "ants/half.jpg,train,ants,undecodable: ", "ants/header.jpg,train,ants,undecodable: ",
        "bees/tail.jpg,train,bees,undecodable: ", "bees/half.png,train,bees,undecodable: ",
        "bees/flipped.png,train,bees,undecodable: ",
        "bees/wide.png,train,bees,too large: an image of 16385 x 1 ",
        "\"bees/many,pixels.png\",train,bees,too large: ",
        "bees/large.png,train,bees,too large: 67108865 bytes",
        "bees/gone.png,train,bees,missing file\r\n"}) {
    EXPECT_THAT(csv, HasSubstr(line));
  }
  EXPECT_EQ(std::ranges::count(csv, '\n'), 12);
  EXPECT_THAT(summarize_faults(result.faults),
              testing::Contains(HasSubstr("rejected 3: too large (bees/large.png: 67108865")));
}

TEST_F(StrangeFiles, ThePackIsTheSameOnAnyNumberOfThreadsAndUpToDateAfterwards) {
  add_bad_files();
  PackWriterOptions options = writer_to(out_);
  write_pack(*source_of(images_), options);
  const FileContents one = read_directory(out_);
  EXPECT_EQ(write_pack(*source_of(images_), options).outcome, PackOutcome::unchanged);
  for (const int jobs : {1, 7}) {
    options.out = directory_ / fmt::format("jobs{}", jobs);
    options.jobs = jobs;
    write_pack(*source_of(images_), options);
    EXPECT_EQ(read_directory(options.out), one);
  }
  // A file that was mended is other input, and so is one that is bad in another way.
  for (const std::string& content : {png_bytes(3, 3, 3, 1), std::string("else")}) {
    write_text(images_ / "ants/text.jpg", content);
    expect_error(ExitCode::usage, {"other images"},
                 [&] { write_pack(*source_of(images_), writer_to(out_)); });
  }
}

TEST_F(StrangeFiles, UnderStrictMakeNoPackAndLeaveTheList) {
  PackWriterOptions options = writer_to(out_);
  options.faults = FaultPolicy::refuse;
  write_text(images_ / "ants/text.jpg", "x");
  EXPECT_EQ(write_pack(*source_of(images_), options).outcome, PackOutcome::refused);
  EXPECT_THAT(read_directory(out_), ElementsAre(testing::Pair("rejected.csv", HasSubstr("text"))));
  expect_error(ExitCode::data, {}, [&] { Pack{out_}; });
  EXPECT_EQ(write_pack(*source_of(images_), options).outcome, PackOutcome::refused)
      << "the directory is known for ours";

  fs::remove(images_ / "ants/text.jpg");
  EXPECT_EQ(write_pack(*source_of(images_), options).outcome, PackOutcome::written);
  EXPECT_EQ(read_directory(out_).count("rejected.csv"), 0u);

  // An older pack stays as it is, and one of the same input is not good either.
  const FileContents older = read_directory(out_);
  write_text(images_ / "ants/text.jpg", "x");
  options.existing = ExistingPack::replace;
  EXPECT_EQ(write_pack(*source_of(images_), options).outcome, PackOutcome::refused);
  EXPECT_EQ(read_directory(out_), older);
  options.faults = FaultPolicy::leave_out;
  EXPECT_EQ(write_pack(*source_of(images_), options).outcome, PackOutcome::written);
  options.faults = FaultPolicy::refuse;
  options.existing = ExistingPack::refuse;
  EXPECT_EQ(write_pack(*source_of(images_), options).outcome, PackOutcome::refused);
  EXPECT_TRUE(fs::exists(out_ / kPackManifest));
}

TEST_F(StrangeFiles, AreNamedForWhatTheyAre) {
  write_text(images_ / "ants/1.jpg", "GIF89a");
  write_text(images_ / "ants/2.jpg", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a");
  std::string twelve_bits = jpeg_bytes(16, 16, 3, 1);
  twelve_bits[twelve_bits.find("\xff\xc0") + 4] = 12;
  write_text(images_ / "ants/3.jpg", twelve_bits);
  const PackResult result = write_pack(*source_of(images_), writer_to(out_));
  std::vector<std::string> reasons;
  for (const SourceFault& fault : result.faults) reasons.push_back(reason(fault));
  EXPECT_THAT(reasons, ElementsAre(HasSubstr("unsupported image: a GIF image (6 bytes); convert"),
                                   HasSubstr("not an image: a Git LFS pointer; `git lfs pull`"),
                                   HasSubstr("unsupported image: a JPEG of 12 bits a sample")));
}

TEST_F(StrangeFiles, OfAnotherKindThanTheirNameArePackedAndListed) {
  write_text(images_ / "ants/1.jpg", png_bytes(4, 6, 1, 2));
  write_text(images_ / "ants/2.PNG", jpeg_bytes(4, 6, 3, 2));
  const PackResult result = write_pack(*source_of(images_), writer_to(out_));
  EXPECT_EQ(count_rejected(result.faults), 0u);
  EXPECT_EQ(Pack(out_).manifest().splits.at(0).samples, 8u);
  const std::string csv = read_text(out_ / kRejectedFile);
  EXPECT_THAT(csv, HasSubstr("ants/1.jpg,train,ants,\"wrong extension: a JPEG by its name, a PNG "
                             "by its content (packed all the same)\""));
  EXPECT_THAT(csv, HasSubstr("ants/2.PNG"));
  PackWriterOptions strict = writer_to(directory_ / "strict");
  strict.faults = FaultPolicy::refuse;
  EXPECT_EQ(write_pack(*source_of(images_), strict).outcome, PackOutcome::refused);
}

TEST_F(StrangeFiles, AClassOrASplitThatLosesAllItsImagesIsAnError) {
  for (const std::string name : {"bees/1.png", "bees/3.png", "bees/5.png"}) {
    write_text(images_ / name, "broken");
  }
  expect_error(ExitCode::data, {"all 3 training images of the class 'bees'", "'bees/1.png'"},
               [&] { write_pack(*source_of(images_), writer_to(out_)); });
  EXPECT_THAT(read_directory(out_), ElementsAre(testing::Key("rejected.csv")));

  fs::remove_all(images_ / "bees");
  write_text(directory_ / "split/train/ants/1.png", png_bytes(3, 3, 3, 1));
  write_text(directory_ / "split/valid/ants/2.png", "broken");
  expect_error(ExitCode::data, {"all 1 images of the split 'valid'"},
               [&] { write_pack(*source_of(directory_ / "split"), writer_to(out_)); });
}

TEST_F(StrangeFiles, AFileThatMayNotBeReadEndsThePack) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  fs::permissions(images_ / "ants/0.png", fs::perms::none);
  expect_error(ExitCode::data, {"ants/0.png"},
               [&] { write_pack(*source_of(images_), writer_to(out_)); });
}

TEST_F(StrangeFiles, StructureAloneFindsWhatWasCutShort) {
  const std::string jpeg = jpeg_bytes(40, 40, 3, 1);
  write_text(images_ / "ants/good.jpg", jpeg);
  write_text(images_ / "ants/cut.jpg", jpeg.substr(0, jpeg.size() - 1));
  const fs::path many = images_ / "ants";
  for (int i = 0; i < 1100; ++i) write_text(many / fmt::format("{:04}.jpg", i), jpeg);
  std::string flipped = jpeg;
  flipped[jpeg.size() / 2] = '\xff';
  write_text(many / "0000.jpg", flipped);  // is not one of those that statistics are taken of
  const PackResult result =
      write_pack(*source_of(images_), writer_to(out_, {.check = JpegCheck::structure}));
  ASSERT_EQ(result.faults.size(), 1u);
  EXPECT_EQ(result.faults[0].path, "ants/cut.jpg");
  const PackResult all = write_pack(*source_of(images_), writer_to(directory_ / "all"));
  EXPECT_EQ(all.faults.size(), 2u);
}

}  // namespace
}  // namespace lockstep
