// Writes the seeds that are made by our own writers, and by the encoders of the tests: make_seeds
// tests/fuzz/corpus. make_seeds.py has the others.

#include <cstdio>
#include <filesystem>
#include <string>

#include "core/storage/safetensors.h"
#include "sharding/format/pack_manifest.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/imaging/encoders.h"
#include "tests/imaging/exif_bytes.h"
#include "tests/imaging/webp_encoder.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

using namespace lockstep;
namespace fs = std::filesystem;

namespace {

constexpr int kHeight = 18;
constexpr int kWidth = 21;

class Corpus {
 public:
  explicit Corpus(fs::path root) : root_(std::move(root)) {}
  void add(const std::string& parser, const std::string& name, std::string_view bytes) const {
    write_text(root_ / parser / name, bytes);
  }
  void add(const std::string& parser, const std::string& name, const Encoded& bytes) const {
    add(parser, name, to_text(bytes));
  }

 private:
  fs::path root_;
};

Pixels pixels_of(int samples_of_row, int rows = kHeight) {
  Pixels pixels(static_cast<std::size_t>(samples_of_row) * rows);
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<std::uint8_t>(i * 7 + i / 50);
  }
  return pixels;
}

void add_jpegs(const Corpus& corpus) {
  const Pixels grey = pixels_of(kWidth), rgb = pixels_of(3 * kWidth), cmyk = pixels_of(4 * kWidth);
  const auto add = [&](const std::string& name, const JpegLayout& layout, const Pixels& pixels) {
    corpus.add("jpeg", name, encode_jpeg_as(layout, pixels, kHeight, kWidth));
  };
  add("grey", {.channels = 1}, grey);
  add("rgb", {}, rgb);
  add("chroma_2x2", {.across = 2, .down = 2}, rgb);
  add("chroma_4x1_progressive", {.across = 4, .progressive = true}, rgb);
  add("progressive", {.progressive = true, .quality = 30}, rgb);
  add("cmyk", {.inks = true}, cmyk);
  add("ycck_unmarked", {.inks = true, .ycck = true, .adobe_marker = false}, cmyk);
  corpus.add("jpeg", "exif",
             with_exif(encode_jpeg_as({}, rgb, kHeight, kWidth), tiff_with(6, true)));
}

void add_pngs(const Corpus& corpus) {
  const auto add = [&](const std::string& name, int bits_a_pixel, const PngKind& kind) {
    const std::vector<spng_plte_entry> palette(
        kind.color_type == SPNG_COLOR_TYPE_INDEXED ? 1u << kind.bit_depth : 0, {9, 99, 200, 255});
    const Pixels pixels = pixels_of((kWidth * bits_a_pixel + 7) / 8);
    corpus.add("png", name, encode_png(pixels, kHeight, kWidth, kind, palette));
  };
  add("grey_1", 1, {.color_type = SPNG_COLOR_TYPE_GRAYSCALE, .bit_depth = 1});
  add("grey_4_interlaced", 4,
      {.color_type = SPNG_COLOR_TYPE_GRAYSCALE, .bit_depth = 4, .interlaced = true});
  add("grey_8", 8, {.color_type = SPNG_COLOR_TYPE_GRAYSCALE});
  add("grey_16", 16, {.color_type = SPNG_COLOR_TYPE_GRAYSCALE, .bit_depth = 16});
  add("grey_alpha_16", 32, {.color_type = SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, .bit_depth = 16});
  add("palette_2", 2,
      {.color_type = SPNG_COLOR_TYPE_INDEXED, .bit_depth = 2, .transparent_entries = 2});
  add("rgb_interlaced", 24, {.interlaced = true});
  add("rgb_16", 48, {.bit_depth = 16});
  add("rgba", 32, {.color_type = SPNG_COLOR_TYPE_TRUECOLOR_ALPHA});
  const Encoded rgb = encode_png(pixels_of(3 * kWidth), kHeight, kWidth, {});
  corpus.add("png", "exif", with_png_exif(rgb, tiff_with(5, false)));
}

void add_exif(const Corpus& corpus) {
  corpus.add("exif", "little_endian", tiff_with(6, true));
  corpus.add("exif", "big_endian", tiff_with(3, false));
  corpus.add("exif", "of_jpeg", std::string("Exif\0\0", 6) + to_text(tiff_with(8, true)));
}

void add_safetensors(const Corpus& corpus) {
  const TemporaryDirectory directory;
  const std::vector<float> numbers = {1, 2, 3};
  const std::vector<std::uint8_t> flags = {1, 0, 1};
  const std::vector<TensorView> tensors = {
      {"weight", DType::f32, {3, 1}, std::as_bytes(std::span(numbers))},
      {"mask", DType::boolean, {3}, std::as_bytes(std::span(flags))},
      {"nothing", DType::bf16, {0, 4}, {}}};
  write_safetensors(directory / "x", tensors, {{"format", "pt"}});
  corpus.add("safetensors", "three", read_text(directory / "x"));
  write_safetensors(directory / "y", {});
  corpus.add("safetensors", "none", read_text(directory / "y"));
}

std::string big_endian(std::uint64_t number, int bytes) {
  std::string text;
  for (int i = bytes; i-- > 0;) text += static_cast<char>(number >> 8 * i);
  return text;
}

void add_pack(const Corpus& corpus, const std::string& name, const PackSource& source) {
  const TemporaryDirectory directory;
  const fs::path pack = directory / "pack";
  write_pack(source, writer_to(pack));
  corpus.add("pack_manifest", name, read_text(pack / kPackManifest));
  const ShardInfo shard = read_pack_manifest(pack).splits.at(0).shards.at(0);
  std::string input;
  for (const DatasetExtent& extent : {shard.bytes, shard.index}) {
    input += big_endian(extent.address, 4) + big_endian(extent.size, 4);
  }
  corpus.add("hdf5_shard", name, input + read_text(pack / shard.file));
}

void add_packs(const Corpus& corpus) {
  add_pack(corpus, "classes", random_source(5, 4));
  MemorySource flags({LabelKind::uint8, 2}, {}, {"wet", "dry"});
  for (const char* name : {"a", "b", "c"}) flags.add("train", name, "pixels", -1, {0, 1});
  add_pack(corpus, "flags", flags);
}

void add_idx(const Corpus& corpus) {
  const std::string images = idx_bytes(0x803, {3, 4, 3}, std::string(36, '7'));
  const std::string labels = idx_bytes(0x801, {3}, std::string("\0\1\2", 3));
  const auto add = [&](const std::string& name, const std::string& first,
                       const std::string& second) {
    corpus.add("idx", name, big_endian(first.size(), 2) + first + second);
  };
  add("plain", labels, images);
  add("gzip", gzip(labels), gzip(images));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "Usage: make_seeds tests/fuzz/corpus\n");
    return 2;
  }
  const Corpus corpus(argv[1]);
  add_jpegs(corpus);
  add_pngs(corpus);
  add_exif(corpus);
  corpus.add("webp", "rgb", encode_webp(pixels_of(3 * kWidth), kHeight, kWidth, 3));
  corpus.add("webp", "rgba", encode_webp(pixels_of(4 * kWidth), kHeight, kWidth, 4));
  add_safetensors(corpus);
  add_packs(corpus);
  add_idx(corpus);
  return 0;
}
