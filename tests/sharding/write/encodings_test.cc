#include <gtest/gtest.h>

#include "imaging/codec/decode.h"
#include "sharding/read/pack.h"
#include "sharding/read/pack_verify.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

struct StoredFile {
  std::string bytes;
  SampleRecord record;
  Image image;
};

std::vector<StoredFile> stored(const fs::path& out, Encoding encoding) {
  std::vector<StoredFile> result;
  const Pack pack(out);
  const auto split = pack.split("train");
  for (std::uint64_t id = 0; id < split->size(); ++id) {
    Sample sample;
    split->read(id, sample);
    StoredFile file{
        .bytes = {reinterpret_cast<const char*>(sample.bytes.data()), sample.bytes.size()},
        .record = sample.record,
        .image = {}};
    if (encoding == Encoding::encoded) decode(sample.bytes, file.image, sample.record.channels);
    result.push_back(std::move(file));
  }
  return result;
}

class Encodings : public testing::Test {
 protected:
  Encodings() {
    write_text(images_ / "a/0.png", png_bytes(30, 20, 3, 0));
    write_text(images_ / "a/1.jpg", jpeg_bytes(20, 40, 1, 1));
    write_text(images_ / "a/2.png", png_bytes(5, 4, 1, 2));
  }

  TemporaryDirectory directory_;
  fs::path images_ = directory_ / "images";
  fs::path out_ = directory_ / "pack";
};

TEST_F(Encodings, KeepKeepsTheBytes) {
  write_pack(*source_of(images_), writer_to(out_));
  const auto files = stored(out_, Encoding::encoded);
  EXPECT_EQ(files[0].bytes, read_text(images_ / "a/0.png"));
  EXPECT_EQ(files[1].bytes, read_text(images_ / "a/1.jpg"));
  EXPECT_EQ(Pack(out_).channels(), 3);
}

TEST_F(Encodings, KeepWithMaxSideShrinksWhatIsLargerInItsOwnKind) {
  write_pack(*source_of(images_), writer_to(out_, {.max_side = 20}));
  const auto files = stored(out_, Encoding::encoded);
  EXPECT_EQ(files[0].bytes.substr(1, 3), "PNG");
  EXPECT_EQ(files[0].record.height, 20u);
  EXPECT_EQ(files[0].record.width, 13u);
  EXPECT_EQ(files[0].image.width(), 13);
  EXPECT_EQ(files[1].bytes.substr(0, 3), "\xff\xd8\xff");
  EXPECT_EQ(files[1].record.height, 10u);
  EXPECT_EQ(files[1].record.width, 20u);
  EXPECT_EQ(files[1].record.channels, 1);
  EXPECT_EQ(files[2].bytes, read_text(images_ / "a/2.png"));
  EXPECT_TRUE(verify_pack(out_).problems.empty());
}

TEST_F(Encodings, PngAndRawKeepThePixels) {
  write_pack(*source_of(images_), writer_to(out_));
  const auto kept = stored(out_, Encoding::encoded);
  write_pack(*source_of(images_), writer_to(directory_ / "png", {.encode = PackEncoding::png}));
  const auto png = stored(directory_ / "png", Encoding::encoded);
  write_pack(*source_of(images_), writer_to(directory_ / "raw", {.encode = PackEncoding::raw}));
  const auto raw = stored(directory_ / "raw", Encoding::raw);
  EXPECT_EQ(Pack(directory_ / "raw").manifest().encoding, Encoding::raw);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const ImageView view = kept[i].image.view();
    const std::string pixels(reinterpret_cast<const char*>(view.pixels),
                             static_cast<std::size_t>(view.row_bytes * view.height));
    EXPECT_EQ(raw[i].bytes, pixels);
    EXPECT_EQ(png[i].bytes.substr(1, 3), "PNG");
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(png[i].image.view().pixels), pixels.size()),
              pixels);
  }
  EXPECT_EQ(Pack(directory_ / "raw").mean(), Pack(out_).mean());
  EXPECT_EQ(Pack(directory_ / "png").mean(), Pack(out_).mean());
}

TEST_F(Encodings, JpegHasItsQualityAndIsAnOptionOfThePack) {
  const auto size = [&](int quality) {
    const fs::path out = directory_ / fmt::format("q{}", quality);
    write_pack(*source_of(images_),
               writer_to(out, {.encode = PackEncoding::jpeg, .quality = quality}));
    const auto files = stored(out, Encoding::encoded);
    EXPECT_EQ(files[0].bytes.substr(0, 3), "\xff\xd8\xff");
    EXPECT_EQ(Pack(out).manifest().options.at("quality"), std::to_string(quality));
    return files[0].bytes.size();
  };
  EXPECT_LT(size(50), size(95));
  expect_error(ExitCode::usage, {"other options"}, [&] {
    write_pack(*source_of(images_), writer_to(directory_ / "q50", {.encode = PackEncoding::jpeg}));
  });
}

TEST_F(Encodings, ArraysCanBeEncodedAndShrunk) {
  write_idx_split(directory_ / "idx", "train", 9);
  write_pack(*source_of(directory_ / "idx"), writer_to(out_, {.encode = PackEncoding::png}));
  const std::string images = read_text(directory_ / "idx/train-images-idx3-ubyte");
  const auto png = stored(out_, Encoding::encoded);
  ASSERT_EQ(png.size(), 9u);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(png[8].image.view().pixels), 12),
            images.substr(16 + 8 * 12, 12));
  write_pack(*source_of(directory_ / "idx"), writer_to(directory_ / "small", {.max_side = 2}));
  const auto small = stored(directory_ / "small", Encoding::raw);
  EXPECT_EQ(small[8].record.height, 2u);
  EXPECT_EQ(small[8].record.width, 2u);
  EXPECT_EQ(small[8].bytes.size(), 4u);
}

}  // namespace
}  // namespace lockstep
