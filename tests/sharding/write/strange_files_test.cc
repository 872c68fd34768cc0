#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imaging/augment/transform.h"
#include "imaging/codec/decode.h"
#include "imaging/pixels/color.h"
#include "sharding/read/pack.h"
#include "sharding/read/pack_verify.h"
#include "sharding/read/sample_image.h"
#include "tests/imaging/encoders.h"
#include "tests/imaging/exif_bytes.h"
#include "tests/imaging/webp_encoder.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

PackWriterOptions to(const fs::path& out, ImageOptions image = {}) {
  PackWriterOptions options;
  options.out = out;
  options.jobs = 2;
  options.image = image;
  return options;
}

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
  const PackResult result = write_pack(*source_of(images_), to(out_));
  EXPECT_EQ(result.outcome, PackOutcome::written);
  EXPECT_EQ(count_rejected(result.faults), 11u);
  const Pack pack(out_);
  EXPECT_EQ(pack.manifest().rejected, 11u);
  EXPECT_EQ(pack.manifest().splits.at(0).samples, 6u);
  EXPECT_TRUE(verify_pack(out_).problems.empty());
  const std::string csv = read_text(out_ / kRejectedFile);
  for (const std::string line :
       {"path,split,label,reason\r\n", "ants/empty.jpg,train,ants,empty file\r\n",
        "ants/text.jpg,train,ants,\"not an image: 16 bytes",
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
  PackWriterOptions options = to(out_);
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
                 [&] { write_pack(*source_of(images_), to(out_)); });
  }
}

TEST_F(StrangeFiles, UnderStrictMakeNoPackAndLeaveTheList) {
  PackWriterOptions options = to(out_);
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

TEST_F(StrangeFiles, OfAnotherKindThanTheirNameArePackedAndListed) {
  write_text(images_ / "ants/1.jpg", png_bytes(4, 6, 1, 2));
  write_text(images_ / "ants/2.PNG", jpeg_bytes(4, 6, 3, 2));
  const PackResult result = write_pack(*source_of(images_), to(out_));
  EXPECT_EQ(count_rejected(result.faults), 0u);
  EXPECT_EQ(Pack(out_).manifest().splits.at(0).samples, 8u);
  const std::string csv = read_text(out_ / kRejectedFile);
  EXPECT_THAT(csv, HasSubstr("ants/1.jpg,train,ants,\"wrong extension: a JPEG by its name, a PNG "
                             "by its content (packed all the same)\""));
  EXPECT_THAT(csv, HasSubstr("ants/2.PNG"));
  PackWriterOptions strict = to(directory_ / "strict");
  strict.faults = FaultPolicy::refuse;
  EXPECT_EQ(write_pack(*source_of(images_), strict).outcome, PackOutcome::refused);
}

TEST_F(StrangeFiles, AClassOrASplitThatLosesAllItsImagesIsAnError) {
  for (const std::string name : {"bees/1.png", "bees/3.png", "bees/5.png"}) {
    write_text(images_ / name, "broken");
  }
  expect_error(ExitCode::data, {"all 3 training images of the class 'bees'", "'bees/1.png'"},
               [&] { write_pack(*source_of(images_), to(out_)); });
  EXPECT_THAT(read_directory(out_), ElementsAre(testing::Key("rejected.csv")));

  fs::remove_all(images_ / "bees");
  write_text(directory_ / "split/train/ants/1.png", png_bytes(3, 3, 3, 1));
  write_text(directory_ / "split/valid/ants/2.png", "broken");
  expect_error(ExitCode::data, {"all 1 images of the split 'valid'"},
               [&] { write_pack(*source_of(directory_ / "split"), to(out_)); });
}

TEST_F(StrangeFiles, AFileThatMayNotBeReadEndsThePack) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  fs::permissions(images_ / "ants/0.png", fs::perms::none);
  expect_error(ExitCode::data, {"ants/0.png"}, [&] { write_pack(*source_of(images_), to(out_)); });
}

// ---- encodings

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
  write_pack(*source_of(images_), to(out_));
  const auto files = stored(out_, Encoding::encoded);
  EXPECT_EQ(files[0].bytes, read_text(images_ / "a/0.png"));
  EXPECT_EQ(files[1].bytes, read_text(images_ / "a/1.jpg"));
  EXPECT_EQ(Pack(out_).channels(), 3);
}

TEST_F(Encodings, KeepWithMaxSideShrinksWhatIsLargerInItsOwnKind) {
  write_pack(*source_of(images_), to(out_, {.max_side = 20}));
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
      write_pack(*source_of(images_), to(out_, {.check = JpegCheck::structure}));
  ASSERT_EQ(result.faults.size(), 1u);
  EXPECT_EQ(result.faults[0].path, "ants/cut.jpg");
  const PackResult all = write_pack(*source_of(images_), to(directory_ / "all"));
  EXPECT_EQ(all.faults.size(), 2u);
}

TEST_F(Encodings, PngAndRawKeepThePixels) {
  write_pack(*source_of(images_), to(out_));
  const auto kept = stored(out_, Encoding::encoded);
  write_pack(*source_of(images_), to(directory_ / "png", {.encode = PackEncoding::png}));
  const auto png = stored(directory_ / "png", Encoding::encoded);
  write_pack(*source_of(images_), to(directory_ / "raw", {.encode = PackEncoding::raw}));
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
    write_pack(*source_of(images_), to(out, {.encode = PackEncoding::jpeg, .quality = quality}));
    const auto files = stored(out, Encoding::encoded);
    EXPECT_EQ(files[0].bytes.substr(0, 3), "\xff\xd8\xff");
    EXPECT_EQ(Pack(out).manifest().options.at("quality"), std::to_string(quality));
    return files[0].bytes.size();
  };
  EXPECT_LT(size(50), size(95));
  expect_error(ExitCode::usage, {"other options"}, [&] {
    write_pack(*source_of(images_), to(directory_ / "q50", {.encode = PackEncoding::jpeg}));
  });
}

TEST_F(Encodings, ArraysCanBeEncodedAndShrunk) {
  write_idx_split(directory_ / "idx", "train", 9);
  write_pack(*source_of(directory_ / "idx"), to(out_, {.encode = PackEncoding::png}));
  const std::string images = read_text(directory_ / "idx/train-images-idx3-ubyte");
  const auto png = stored(out_, Encoding::encoded);
  ASSERT_EQ(png.size(), 9u);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(png[8].image.view().pixels), 12),
            images.substr(16 + 8 * 12, 12));
  write_pack(*source_of(directory_ / "idx"), to(directory_ / "small", {.max_side = 2}));
  const auto small = stored(directory_ / "small", Encoding::raw);
  EXPECT_EQ(small[8].record.height, 2u);
  EXPECT_EQ(small[8].record.width, 2u);
  EXPECT_EQ(small[8].bytes.size(), 4u);
}

// ---- every kind of file that is good

constexpr int kUprightHeight = 48;
constexpr int kUprightWidth = 64;
using Color = std::array<std::uint8_t, 3>;
constexpr std::array<Color, 4> kQuarters = {
    {{200, 60, 40}, {50, 180, 70}, {40, 70, 210}, {220, 200, 60}}};

/// Which quarter of the upright picture a pixel is in: its own colour each, row by row.
std::size_t quarter_at(int y, int x) {
  return (y < kUprightHeight / 2 ? 0u : 2u) + (x < kUprightWidth / 2 ? 0u : 1u);
}

/// What `values(color)` makes of the pixels, in the order in which a file stores them.
template <typename Values>
Pixels quarters(const Values& values, int height = kUprightHeight, int width = kUprightWidth,
                std::size_t (*quarter)(int y, int x) = &quarter_at) {
  Pixels pixels;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int value : values(quarter(y, x))) pixels.push_back(static_cast<std::uint8_t>(value));
    }
  }
  return pixels;
}

std::vector<int> rgb_of(std::size_t quarter) {
  return {kQuarters[quarter].begin(), kQuarters[quarter].end()};
}

std::vector<int> grey_of(std::size_t quarter) {
  const auto [r, g, b] = kQuarters[quarter];
  return {luma(r, g, b)};
}

std::string text_of(const Encoded& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The same picture as every kind of file, by name.
std::map<std::string, std::string> files_of_every_kind() {
  const int h = kUprightHeight;
  const int w = kUprightWidth;
  std::map<std::string, std::string> files;
  const auto png = [&](const Pixels& pixels, const PngKind& kind,
                       const std::vector<spng_plte_entry>& palette = {}) {
    return text_of(encode_png(pixels, h, w, kind, palette));
  };
  const Pixels rgb = quarters(&rgb_of);
  files["progressive.jpg"] = text_of(encode_jpeg(rgb, h, w, JpegKind::progressive_rgb));
  files["grey.jpg"] = text_of(encode_jpeg(quarters(&grey_of), h, w, JpegKind::grey));
  files["webp.webp"] = text_of(encode_webp(rgb, h, w, 3));
  // Orientation 6: the stored row 0 is the right side, the stored column 0 the top.
  const Pixels turned =
      quarters(&rgb_of, w, h, [](int y, int x) { return quarter_at(x, kUprightWidth - 1 - y); });
  files["turned.jpg"] =
      text_of(with_exif(encode_jpeg(turned, w, h, JpegKind::rgb), tiff_with(6, true)));
  const Pixels turned_back =
      quarters(&rgb_of, w, h, [](int y, int x) { return quarter_at(kUprightHeight - 1 - x, y); });
  files["turned.png"] =
      text_of(with_png_exif(encode_png(turned_back, w, h, {}), tiff_with(8, false)));
  const auto inks = [](std::size_t quarter) {
    std::vector<int> values = rgb_of(quarter);
    values.push_back(255);
    return values;
  };
  files["cmyk.jpg"] = text_of(encode_jpeg(quarters(inks), h, w, JpegKind::cmyk));
  files["ycck.jpg"] = text_of(encode_jpeg_as({.inks = true, .ycck = true}, quarters(inks), h, w));
  files["alpha.png"] = png(quarters([](std::size_t quarter) {
                             std::vector<int> values = rgb_of(quarter);
                             values.push_back(static_cast<int>(60 * quarter));
                             return values;
                           }),
                           {.color_type = SPNG_COLOR_TYPE_TRUECOLOR_ALPHA});
  files["wide.png"] = png(quarters([](std::size_t quarter) {
                            std::vector<int> values;
                            for (int value : rgb_of(quarter)) values.insert(values.end(), 2, value);
                            return values;
                          }),
                          {.bit_depth = 16});
  std::vector<spng_plte_entry> palette;
  for (const auto& [r, g, b] : kQuarters) palette.push_back({r, g, b, 0});
  files["palette.png"] =
      png(quarters([](std::size_t quarter) { return std::vector{static_cast<int>(quarter)}; }),
          {.color_type = SPNG_COLOR_TYPE_INDEXED, .transparent_entries = 2}, palette);
  return files;
}

TEST(FilesOfEveryKind, ComeOutOfThePackUprightInTheirColours) {
  const TemporaryDirectory directory;
  const std::map<std::string, std::string> files = files_of_every_kind();
  for (const auto& [name, bytes] : files) write_text(directory / "images/a" / name, bytes);
  for (const PackEncoding encode :
       {PackEncoding::keep, PackEncoding::jpeg, PackEncoding::png, PackEncoding::raw}) {
    const fs::path out = directory / fmt::format("pack{}", static_cast<int>(encode));
    const PackResult result =
        write_pack(*source_of(directory / "images"), to(out, {.encode = encode}));
    ASSERT_EQ(result.outcome, PackOutcome::written);
    ASSERT_TRUE(result.faults.empty());
    const Pack pack(out);
    const auto split = pack.split("train");
    ASSERT_EQ(split->size(), files.size());
    ImageTransform transform({.height = kUprightHeight / 2, .width = kUprightWidth / 2});
    Pixels picture(transform.size());
    auto file = files.begin();
    for (std::uint64_t id = 0; id < split->size(); ++id, ++file) {
      const std::string where = fmt::format("{} as {}", file->first, static_cast<int>(encode));
      Sample sample;
      split->read(id, sample);
      EXPECT_EQ(sample.record.height, std::uint32_t{kUprightHeight}) << where;
      EXPECT_EQ(sample.record.width, std::uint32_t{kUprightWidth}) << where;
      transform.apply(stored_image(sample, split->encoding()), picture);
      const bool grey = file->first == "grey.jpg";
      for (int y : {4, 19}) {
        for (int x : {5, 26}) {
          const std::size_t quarter = quarter_at(2 * y, 2 * x);
          for (std::size_t c = 0; c < 3; ++c) {
            const int wanted = grey ? grey_of(quarter)[0] : rgb_of(quarter)[c];
            const std::size_t at = static_cast<std::size_t>(y * kUprightWidth / 2 + x) * 3 + c;
            EXPECT_NEAR(picture[at], wanted, 3) << where << ", " << y << ' ' << x << ' ' << c;
          }
        }
      }
    }
  }
}

TEST(Statistics, OfManyFilesAreThoseOfEveryKth) {
  const TemporaryDirectory directory;
  // Of 2100 images every third counts: these are white, the others are not, and one is in colour.
  const std::string white = [] {
    const Pixels pixels(4, 255);
    const Encoded png = encode_png(pixels, 2, 2, {.color_type = SPNG_COLOR_TYPE_GRAYSCALE});
    return std::string(reinterpret_cast<const char*>(png.data()), png.size());
  }();
  const std::string other = png_bytes(2, 2, 1, 7);
  for (int i = 0; i < 2100; ++i) {
    write_text(directory / fmt::format("images/a/{:04}.png", i), i % 3 == 0 ? white : other);
  }
  write_text(directory / "images/a/0001.png", png_bytes(2, 2, 3, 1));
  write_pack(*source_of(directory / "images"), to(directory / "pack"));
  EXPECT_THAT(Pack(directory / "pack").mean(), ElementsAre(1.0f, 1.0f, 1.0f));
}

}  // namespace
}  // namespace lockstep
