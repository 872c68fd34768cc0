#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lockstep {

/// 8-bit pixels that the caller owns: rows of interleaved channels (HWC). Rows may lie further
/// apart than their length, so a part of an image is a view too.
struct ImageView {
  const std::uint8_t* pixels = nullptr;
  int height = 0;
  int width = 0;
  int channels = 0;              ///< 1 grey or 3 RGB
  std::ptrdiff_t row_bytes = 0;  ///< from one row's start to the next

  const std::uint8_t* row(int y) const { return pixels + y * row_bytes; }
  /// The part of `height` x `width` whose upper left corner is (y, x); it must lie inside.
  ImageView part(int y, int x, int part_height, int part_width) const {
    assert(y >= 0 && x >= 0 && y + part_height <= height && x + part_width <= width);
    return {row(y) + std::ptrdiff_t{x} * channels, part_height, part_width, channels, row_bytes};
  }
};

/// An image that owns dense pixels. Made to be filled again and again: its memory grows to the
/// largest image and stays.
///
///     Image image;
///     image.reshape(480, 640, 3);
///     decode(encoded, image, 3);
class Image {
 public:
  /// Gives the image a shape; the pixels are undefined until they are written.
  void reshape(int height, int width, int channels) {
    assert(height > 0 && width > 0 && channels > 0);
    height_ = height;
    width_ = width;
    channels_ = channels;
    const std::size_t size = std::size_t(height) * std::size_t(width) * std::size_t(channels);
    if (pixels_.size() < size) pixels_.resize(size);
  }

  int height() const { return height_; }
  int width() const { return width_; }
  int channels() const { return channels_; }
  std::ptrdiff_t row_bytes() const { return std::ptrdiff_t{width_} * channels_; }
  std::size_t size_bytes() const { return std::size_t(row_bytes()) * std::size_t(height_); }
  std::uint8_t* row(int y) { return pixels_.data() + y * row_bytes(); }
  ImageView view() const { return {pixels_.data(), height_, width_, channels_, row_bytes()}; }

 private:
  int height_ = 0;
  int width_ = 0;
  int channels_ = 0;
  std::vector<std::uint8_t> pixels_;
};

}  // namespace lockstep
