#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/file.h"
#include "imaging/codec/decode.h"
#include "imaging/render/image_renderer.h"

namespace lockstep {

/// A picture that tools/golden/augment.py made.
inline Image golden(const std::string& name) {
  const auto path =
      std::filesystem::path(LOCKSTEP_SOURCE_DIR) / "tests/imaging/golden" / (name + ".png");
  const std::string file = read_file(path, ExitCode::usage);
  const std::span<const std::byte> bytes = std::as_bytes(std::span(file));
  Image image;
  decode(bytes, image, probe_image(bytes).channels);
  return image;
}

inline ImageTarget target_of(Image& image) {
  return {image.row(0), image.height(), image.width(), image.channels()};
}

inline StoredImage stored(const Image& image) {
  return {{reinterpret_cast<const std::byte*>(image.view().pixels), image.size_bytes()},
          image.height(),
          image.width(),
          image.channels()};
}

/// How far two pictures of one shape are apart, in levels.
struct Difference {
  double mean = 0;
  int largest = 0;
};

inline Difference difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.height(), b.height());
  EXPECT_EQ(a.width(), b.width());
  EXPECT_EQ(a.channels(), b.channels());
  if (a.size_bytes() != b.size_bytes()) return {256, 256};
  Difference result;
  for (std::size_t i = 0; i < a.size_bytes(); ++i) {
    const int apart = std::abs(a.view().pixels[i] - b.view().pixels[i]);
    result.mean += apart;
    result.largest = std::max(result.largest, apart);
  }
  result.mean /= static_cast<double>(a.size_bytes());
  return result;
}

}  // namespace lockstep
