#include "launcher/doctor/data_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imaging/codec/encode.h"
#include "launcher/doctor/label_checks.h"
#include "sharding/listing/open_source.h"
#include "sharding/write/pack_writer.h"
#include "tests/launcher/doctor/finding_of.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A picture of 16 x 16 grey pixels.
template <typename Pixel>
std::string picture(Pixel pixel) {
  Image image;
  image.reshape(16, 16, 1);
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 16; ++x) image.row(y)[x] = static_cast<std::uint8_t>(pixel(y, x));
  }
  const std::vector<std::byte> bytes = encode_png(image.view());
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class DataChecks : public testing::Test {
 protected:
  /// 100 images to train on and 60 to validate, in two classes, of noise that is all different.
  DataChecks() {
    for (unsigned i = 0; i < 160; ++i) add(i < 100 ? "train" : "valid", i, png_bytes(16, 16, 1, i));
  }
  void add(const std::string& split, unsigned number, const std::string& bytes) {
    const char* const label = number % 2 == 0 ? "cats" : "dogs";
    write_text(directory_ / "images" / split / label / fmt::format("{:04}.png", number), bytes);
  }
  const std::filesystem::path& packed() {
    write_pack(*source_of(directory_ / "images"), writer_to(pack_));
    return pack_;
  }
  Findings findings() {
    const Pack pack(packed());
    return check_data(data_of(pack), {});
  }

  TemporaryDirectory directory_;
  std::filesystem::path pack_ = directory_ / "pack";
};

TEST_F(DataChecks, GoodDataPassAndGiveTheSameEachTime) {
  const Findings all = findings();
  EXPECT_THAT(complaints(all), IsEmpty());
  EXPECT_EQ(all.size(), 7u);
  const Pack pack(pack_);
  const Findings again = check_data(data_of(pack), {});
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(again[i].why, all[i].why);
}

TEST_F(DataChecks, ABrokenImageFails) {
  const Pack pack(packed());
  const ShardInfo& shard = pack.manifest().splits[0].shards[0];
  flip_bit(pack_ / shard.file, shard.bytes.address + shard.bytes.size / 2);
  const Findings all = check_data(data_of(pack), {});
  EXPECT_THAT(complaints(all), ElementsAre("broken images FAIL"));
  EXPECT_THAT(finding_of(all, "broken images").why, HasSubstr("1, such as "));
  EXPECT_EQ(exit_code_of(all), ExitCode::data);
}

TEST_F(DataChecks, OneImageInBothSplitsIsWarnedOfOrFails) {
  add("valid", 200, png_bytes(16, 16, 1, 0));
  EXPECT_THAT(complaints(findings()), ElementsAre("leaks FAIL"));  // 1 of 61
  for (unsigned i = 300; i < 420; ++i) add("valid", i, png_bytes(16, 16, 1, i));
  std::filesystem::remove_all(pack_);
  const Findings all = findings();
  EXPECT_THAT(complaints(all), ElementsAre("leaks WARN"));  // 1 of 181
  EXPECT_THAT(finding_of(all, "leaks").why, HasSubstr("valid/cats/0200.png = "));
}

TEST_F(DataChecks, ImagesThatLookAlikeAreWarnedOf) {
  const auto drawn = [](int light) {
    return picture([&](int y, int x) {
      const bool is_inside = (y - 6) * (y - 6) + (x - 10) * (x - 10) < 16;
      return is_inside ? light : 20 + x;
    });
  };
  add("train", 900, drawn(180));
  add("valid", 901, drawn(200));
  const Findings all = findings();
  EXPECT_THAT(complaints(all), ElementsAre("leaks WARN"));  // 1 of 61
  EXPECT_THAT(finding_of(all, "leaks").why, HasSubstr("1 images (1.64 %) of a split look like"));
}

TEST_F(DataChecks, OneImageUnderTwoLabelsIsWarnedOfOrFails) {
  add("train", 201, png_bytes(16, 16, 1, 0));
  EXPECT_THAT(complaints(findings()), ElementsAre("contradicting labels WARN"));
  add("train", 203, png_bytes(16, 16, 1, 2));
  std::filesystem::remove_all(pack_);
  EXPECT_THAT(complaints(findings()), ElementsAre("contradicting labels FAIL"));
}

TEST_F(DataChecks, ImagesOfOneColourAreWarnedOfOrFail) {
  const auto grey = [](int level) { return picture([=](int, int) { return level; }); };
  add("train", 200, grey(100));
  EXPECT_THAT(complaints(findings()), ElementsAre("constant images WARN"));
  for (unsigned i = 1; i < 10; ++i) add("train", 200 + i, grey(100 + static_cast<int>(i)));
  std::filesystem::remove_all(pack_);
  EXPECT_THAT(complaints(findings()), ElementsAre("constant images FAIL"));
}

TEST_F(DataChecks, NormalisationThatDoesNotFitIsWarnedOfOrFails) {
  const Pack pack(packed());
  CheckedData data = data_of(pack);
  data.mean = {0};
  data.std = {1.0f / 255};  // data.normalise=none
  EXPECT_THAT(complaints(check_data(data, {})), ElementsAre("normalisation FAIL"));
  data.mean = {0.5f};
  data.std = {0.05f};
  EXPECT_THAT(complaints(check_data(data, {})), ElementsAre("normalisation WARN"));
}

TEST_F(DataChecks, AValidationOfAnotherKindFails) {
  for (unsigned i = 100; i < 160; ++i) {  // darker at the top
    add("valid", i, picture([=](int y, int x) {
          return (static_cast<int>(i) * 7 + x * 31 + y * y * 13) % 97 + (y > 8 ? 120 : 0);
        }));
  }
  const Findings all = findings();
  EXPECT_EQ(finding_of(all, "shift").verdict, Verdict::fail) << finding_of(all, "shift").why;
}

TEST_F(DataChecks, RareAndMissingClassesAreWarnedOf) {
  for (unsigned i = 1; i < 100; i += 2) {  // of dogs two stay
    if (i > 3) {
      std::filesystem::remove(directory_ / "images/train/dogs" / fmt::format("{:04}.png", i));
    }
  }
  const Pack pack(packed());
  CheckedData data = data_of(pack);
  EXPECT_THAT(complaints({check_labels(*data.train, data.names, Balance::none)}),
              ElementsAre("balance WARN"));
  EXPECT_THAT(complaints({check_labels(*data.train, data.names, Balance::oversample)}), IsEmpty());
  data.names.push_back("mice");
  EXPECT_THAT(complaints({check_labels(*data.train, data.names, Balance::oversample)}),
              ElementsAre("balance WARN"));
}

class LabelChecks : public testing::Test {
 protected:
  Finding check(const MemorySource& source) const {
    write_pack(source, writer_to(directory_ / "pack"));
    const Pack pack(directory_ / "pack");
    return check_labels(*pack.split("train"), pack.label_names(), Balance::none);
  }
  TemporaryDirectory directory_;
};

TEST_F(LabelChecks, OneClassAloneFails) {
  MemorySource source({LabelKind::int64, 1}, {"ant", "bee"});
  source.add("train", "a", "aa", 1);
  source.add("train", "b", "bb", 1);
  EXPECT_EQ(check(source).verdict, Verdict::fail);
}

TEST_F(LabelChecks, ANumberThatNeverVariesFails) {
  MemorySource source({LabelKind::float32, 2}, {}, {"age", "size"});
  source.add("train", "a", "aa", -1, {1, 5});
  source.add("train", "b", "bb", -1, {2, 5});
  EXPECT_EQ(check(source).verdict, Verdict::fail);
  EXPECT_THAT(check(source).why, HasSubstr("'size' is 5"));
}

TEST_F(LabelChecks, AFlagThatNeverAppliesIsWarnedOf) {
  MemorySource source({LabelKind::uint8, 2}, {}, {"red", "round"});
  source.add("train", "a", "aa", -1, {1, 0});
  source.add("train", "b", "bb", -1, {0, 0});
  EXPECT_EQ(check(source).verdict, Verdict::warn);
  EXPECT_THAT(check(source).why, HasSubstr("'round' applies to 0 of 2"));
}

}  // namespace
}  // namespace lockstep
