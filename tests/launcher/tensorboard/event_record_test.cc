#include "launcher/tensorboard/event_record.h"

#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "launcher/tensorboard/crc32c.h"
#include "launcher/tensorboard/event_pictures.h"
#include "launcher/tensorboard/protobuf.h"

namespace lockstep {
namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

TEST(Crc32c, IsThatOfTheExamplesOfRfc3720) {
  std::string rising, falling;
  for (int i = 0; i < 32; ++i) {
    rising.push_back(static_cast<char>(i));
    falling.push_back(static_cast<char>(31 - i));
  }
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(crc32c(rising), 0x46dd794eu);
  EXPECT_EQ(crc32c(falling), 0x113fdb5cu);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Protobuf, HasTheBytesOfItsGuide) {
  EXPECT_EQ(hex(Protobuf().integer(1, 150).bytes()), "089601");
  EXPECT_EQ(hex(Protobuf().text(2, "testing").bytes()), "120774657374696e67");
  EXPECT_EQ(hex(Protobuf().message(3, Protobuf().integer(1, 150)).bytes()), "1a03089601");
  EXPECT_EQ(hex(Protobuf().integer(1, -2).bytes()), "08feffffffffffffffff01");
  EXPECT_EQ(hex(Protobuf().integer(16, 0).bytes()), "800100");
}

// The bytes that TensorBoard 2.21 itself writes, by tensorboard.summary.writer.record_writer.
TEST(EventRecord, IsWhatTensorBoardWrites) {
  EXPECT_EQ(hex(version_record(1.5)),
            "1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(
      hex(scalars_record({2.5, 300}, std::vector<EventScalar>{{"a", 0.5}, {"b", nan}})),
      "220000000000000078113dfd09000000000000044010ac022a140a080a0161150000003f0a080a0162150000"
      "c07f4d2acf68");
  EXPECT_EQ(hex(session_start_record({2.5, 7})),
            "0f000000000000006d532b0909000000000000044010073a0208019aaf83ce");
  const std::string png = "png";
  EXPECT_EQ(
      hex(image_record({2.5, 7}, {.tag = "i",
                                  .height = 2,
                                  .width = 3,
                                  .channels = 1,
                                  .png = std::as_bytes(std::span(png))})),
      "1f00000000000000514b441809000000000000044010072a120a100a0169220b0802100318012203706e6741"
      "8b07f5");
}

std::string picture_at(std::int64_t step, const std::string& png) {
  return image_record(
      {2.5, step},
      {.tag = "i", .height = 2, .width = 3, .channels = 1, .png = std::as_bytes(std::span(png))});
}

TEST(EventPictures, ThoseOfTheStepsThatStayAreKept) {
  const std::string scalars = scalars_record({1, 5}, std::vector<EventScalar>{{"a", 0.5}});
  const std::string file = version_record(1) + session_start_record({1, 0}) +
                           hparams_record({1, 0}, "g", {}) + picture_at(0, "sheet") + scalars +
                           picture_at(5, "five") + scalars + picture_at(10, "ten") +
                           picture_at(15, "fifteen");
  EXPECT_EQ(picture_records(file, 10).records, picture_at(5, "five") + picture_at(10, "ten"));
  EXPECT_EQ(picture_records(file, 4).records, "");
  EXPECT_EQ(picture_records("", 10).records, "");
}

TEST(EventPictures, OfADamagedFileThoseBeforeTheDamage) {
  const std::string first = picture_at(5, "five");
  const std::string whole = first + picture_at(10, "ten");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    const std::string kept = picture_records(flipped, 10).records;
    // The checksum of the length is not looked at: the length is judged by that of the data.
    EXPECT_TRUE(kept == "" || kept == first || kept == flipped) << i;
    EXPECT_TRUE(whole.starts_with(picture_records(whole.substr(0, i), 10).records)) << i;
  }
  const std::string huge(8, '\xff');
  EXPECT_EQ(picture_records(first + huge + whole, 10).records, first);
  EXPECT_FALSE(picture_records(first + huge + whole, 10).is_whole);
  EXPECT_TRUE(picture_records(whole, 0).is_whole);
}

}  // namespace
}  // namespace lockstep
