// Faults of libjpeg-turbo up to Debian's 2.1.5 that the settings in imaging/codec/jpeg.cc steer
// around, by the numbers of its issues. #297 (padding of partial blocks) is guarded by
// ImageRenderer.WhatIsBeyondTheImageIsNotShown.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "imaging/codec/jpeg.h"
#include "tests/imaging/encoders.h"

namespace lockstep {
namespace {

constexpr int kSide = 96;

/// Soft waves of strong colours.
Pixels waves() {
  Pixels pixels;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      pixels.push_back(static_cast<std::uint8_t>(128 + 100 * std::sin(0.13 * x)));
      pixels.push_back(static_cast<std::uint8_t>(128 + 100 * std::sin(0.11 * y + 1)));
      pixels.push_back(static_cast<std::uint8_t>(128 + 100 * std::cos(0.09 * (x + y))));
    }
  }
  return pixels;
}

// The fast DCT corrupts chroma at 1/2, where that of 4:2:0 is decoded in full. It bounds the
// colours of any DCT; of the fast one in Debian's 2.1.5, it has not seen the fault.
TEST(JpegFaults, AtOneHalfTheColoursAreThoseOfTheImage_912) {
  const Encoded jpeg = encode_jpeg_as({.across = 2, .down = 2}, waves(), kSide, kSide);
  JpegDecoder decoder;
  decoder.open(jpeg);
  Image whole;
  decoder.decode(whole, 3);
  for (int reduction : {2, 4, 8}) {
    decoder.open(jpeg);
    Image buffer;
    const int side = kSide / reduction;
    const ImageView reduced =
        decoder.decode_part(reduction, Chroma::interpolated, {0, 0, side, side}, 3, buffer);
    double sum = 0;
    for (int y = 0; y < side; ++y) {
      for (int i = 0; i < 3 * side; ++i) {
        int mean = 0;
        for (int v = 0; v < reduction; ++v) {
          for (int u = 0; u < reduction; ++u) {
            mean += whole.row(reduction * y + v)[3 * (reduction * (i / 3) + u) + i % 3];
          }
        }
        sum += std::abs(reduced.row(y)[i] - mean / (reduction * reduction));
      }
    }
    EXPECT_LE(sum / (3 * side * side), 1) << reduction;
  }
}

struct Layout {
  JpegLayout jpeg;
  std::string name;
};

std::vector<Layout> subsampled() {
  return {{{.across = 2}, "4:2:2"},
          {{.across = 2, .down = 2}, "4:2:0"},
          {{.down = 2}, "4:4:0"},
          {{.across = 2, .down = 2, .progressive = true}, "progressive 4:2:0"}};
}

/// The first place where a part differs from the same part of the whole, or "".
std::string difference_of_part(const Encoded& jpeg, int reduction, const PixelBox& box) {
  const int side = kSide / reduction;
  for (const Chroma chroma : {Chroma::interpolated, Chroma::repeated}) {
    JpegDecoder decoder;
    Image buffer_of_whole;
    Image buffer;
    decoder.open(jpeg);
    const ImageView whole =
        decoder.decode_part(reduction, chroma, {0, 0, side, side}, 3, buffer_of_whole);
    decoder.open(jpeg);
    const ImageView part = decoder.decode_part(reduction, chroma, box, 3, buffer);
    for (int y = 0; y < box.height; ++y) {
      if (!std::equal(part.row(y), part.row(y) + 3 * box.width, whole.row(box.y + y) + 3 * box.x)) {
        return "1/" + std::to_string(reduction) + ", row " + std::to_string(box.y + y) +
               (chroma == Chroma::repeated ? ", chroma repeated" : "");
      }
    }
  }
  return "";
}

// Rows skipped from the middle of a row group come twice: every row at which a part may start, and
// one decoder for part after part.
TEST(JpegFaults, RowsAreSkippedOnceFromRowZero_915) {
  for (const Layout& layout : subsampled()) {
    const Encoded jpeg = encode_jpeg_as(layout.jpeg, waves(), kSide, kSide);
    for (int reduction : {1, 2, 4, 8}) {
      const int side = kSide / reduction;
      for (int y = 0; y < side; ++y) {
        EXPECT_EQ(difference_of_part(jpeg, reduction, {y, 0, std::min(5, side - y), side}), "")
            << layout.name << " from row " << y;
      }
    }
  }
}

// Crops overran (before 2.1.3, seen by the address sanitizer) at the last columns of a row.
TEST(JpegFaults, CropsEndWithTheRow_574) {
  for (const Layout& layout : subsampled()) {
    const Encoded jpeg = encode_jpeg_as(layout.jpeg, waves(), kSide, kSide);
    for (int reduction : {1, 2, 4, 8}) {
      const int side = kSide / reduction;
      for (int x = 0; x < side; ++x) {
        EXPECT_EQ(difference_of_part(jpeg, reduction, {0, x, side, side - x}), "")
            << layout.name << " from column " << x;
      }
    }
  }
}

// Crops and skips fail in buffered-image mode, in which progressive files can be decoded.
TEST(JpegFaults, ProgressiveFilesAreCroppedAndSkipped_611) {
  const Encoded jpeg =
      encode_jpeg_as({.across = 2, .down = 2, .progressive = true}, waves(), kSide, kSide);
  for (int reduction : {1, 2, 4}) {
    for (int at = 1; at < kSide / reduction - 6; at += 3) {
      EXPECT_EQ(difference_of_part(jpeg, reduction, {at, at, 6, 5}), "") << at;
    }
  }
}

}  // namespace
}  // namespace lockstep
