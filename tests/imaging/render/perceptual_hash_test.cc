#include "imaging/render/perceptual_hash.h"

#include <bit>
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "imaging/codec/encode.h"
#include "tests/imaging/scene.h"

namespace lockstep {
namespace {

constexpr int kHeight = 96;
constexpr int kWidth = 144;

Thumbnail thumbnail_of(const StoredImage& stored) {
  Thumbnail thumbnail;
  Thumbnailer().draw(stored, thumbnail);
  return thumbnail;
}

Thumbnail thumbnail_of(const Image& image) {
  const ImageView view = image.view();
  return thumbnail_of({std::as_bytes(std::span(view.pixels, image.size_bytes())), view.height,
                       view.width, view.channels});
}

int distance(const Thumbnail& a, const Thumbnail& b) {
  return std::popcount(perceptual_hash(a).value() ^ perceptual_hash(b).value());
}

Image changed(Image image, const auto& change) {
  for (std::size_t i = 0; i < image.size_bytes(); ++i) {
    image.row(0)[i] = static_cast<std::uint8_t>(std::clamp<int>(change(image.row(0)[i]), 0, 255));
  }
  return image;
}

class PerceptualHash : public testing::TestWithParam<unsigned> {
 protected:
  void expect_alike(const Thumbnail& other, const char* what) {
    EXPECT_LE(distance(original_, other), 4) << what;
    EXPECT_GE(similarity(original_, other), 0.99) << what;
  }

  Image image_ = scene(GetParam(), kHeight, kWidth);
  Thumbnail original_ = thumbnail_of(image_);
};

TEST_P(PerceptualHash, StaysWhenTheImageIsScaled) {
  expect_alike(thumbnail_of(scene(GetParam(), kHeight / 2, kWidth / 2)), "half");
  expect_alike(thumbnail_of(scene(GetParam(), 2 * kHeight, 2 * kWidth)), "double");
  expect_alike(thumbnail_of(scene(GetParam(), kWidth, kWidth)), "stretched");
}

TEST_P(PerceptualHash, StaysWhenTheImageIsCompressedAnew) {
  expect_alike(thumbnail_of({.bytes = encode_png(image_.view())}), "png");
  for (const int quality : {95, 75, 30}) {
    const std::vector<std::byte> jpeg = encode_jpeg(image_.view(), quality);
    expect_alike(thumbnail_of({.bytes = jpeg}), "jpeg");
  }
}

TEST_P(PerceptualHash, StaysWhenBrightnessOrContrastChange) {
  expect_alike(thumbnail_of(changed(image_, [](int v) { return v + 15; })), "brighter");
  expect_alike(thumbnail_of(changed(image_, [](int v) { return v * 4 / 5; })), "darker");
}

TEST_P(PerceptualHash, TellsAMirroredImageApart) {
  Image mirrored = image_;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (int c = 0; c < 3; ++c) {
        mirrored.row(y)[3 * x + c] = image_.view().row(y)[3 * (kWidth - 1 - x) + c];
      }
    }
  }
  EXPECT_GT(distance(original_, thumbnail_of(mirrored)), 12);
  EXPECT_LT(similarity(original_, thumbnail_of(mirrored)), 0.9);
}

TEST_P(PerceptualHash, TellsOtherImagesApart) {
  for (unsigned other = 0; other < 40; ++other) {
    if (other == GetParam()) continue;
    const Thumbnail thumbnail = thumbnail_of(scene(other, kHeight, kWidth));
    EXPECT_GT(distance(original_, thumbnail), 6) << other;
    EXPECT_LT(similarity(original_, thumbnail), 0.95) << other;
  }
}

INSTANTIATE_TEST_SUITE_P(Scenes, PerceptualHash, testing::Values(1u, 2u, 3u, 4u, 5u));

TEST(PerceptualHashes, OfFlatImagesAreNone) {
  std::mt19937 random(1);
  Thumbnail flat;
  for (const int noise : {1, 6}) {
    for (std::uint8_t& pixel : flat) {
      pixel = static_cast<std::uint8_t>(200 + random() % static_cast<unsigned>(noise));
    }
    EXPECT_FALSE(perceptual_hash(flat).has_value()) << noise;
  }
}

TEST(PerceptualHashes, HaveHalfOfTheirBitsSet) {
  const auto hash = perceptual_hash(thumbnail_of(scene(7, kHeight, kWidth)));
  EXPECT_NEAR(std::popcount(hash.value()), 32, 1);
}

TEST(Similarity, IsTheCorrelationOfPixels) {
  Thumbnail ramp;
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<std::uint8_t>(i / 8);
  Thumbnail opposite = ramp;
  for (std::uint8_t& pixel : opposite) pixel = static_cast<std::uint8_t>(255 - pixel);
  Thumbnail flat{};
  EXPECT_NEAR(similarity(ramp, ramp), 1, 1e-12);
  EXPECT_NEAR(similarity(ramp, opposite), -1, 1e-12);
  EXPECT_EQ(similarity(ramp, flat), 0);
}

}  // namespace
}  // namespace lockstep
