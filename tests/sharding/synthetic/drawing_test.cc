#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/hash.h"
#include "sharding/synthetic/draw_blobs.h"
#include "sharding/synthetic/draw_shape.h"
#include "sharding/synthetic/outline.h"
#include "sharding/synthetic/shape_class.h"

namespace lockstep {
namespace {

std::vector<std::byte> draw(const SyntheticOptions& options, std::uint64_t sample) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(options.size * options.size) *
                               static_cast<std::size_t>(options.channels));
  options.kind == SyntheticKind::shapes ? draw_shape(options, sample, bytes)
                                        : draw_blobs(options, sample, bytes);
  return bytes;
}

using Features = std::vector<double>;

Features pixels_of(const SyntheticOptions& options, std::uint64_t sample) {
  Features features;
  for (const std::byte byte : draw(options, sample)) features.push_back(std::to_integer<int>(byte));
  return features;
}

Features mean_color_of(const SyntheticOptions& options, std::uint64_t sample) {
  Features color(static_cast<std::size_t>(options.channels));
  const Features pixels = pixels_of(options, sample);
  for (std::size_t i = 0; i < pixels.size(); ++i) color[i % color.size()] += pixels[i];
  return color;
}

double square_distance(const Features& a, const Features& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

/// The accuracy of "the class whose mean is nearest", on as many samples again as the means are of.
template <typename FeaturesOf>
double nearest_mean_accuracy(const SyntheticOptions& options, const FeaturesOf& features_of) {
  std::vector<Features> means(static_cast<std::size_t>(options.classes));
  for (std::uint64_t sample = 0; sample < options.samples; ++sample) {
    const Features features = features_of(options, sample);
    const int label = options.class_of(sample);
    Features& mean = means[static_cast<std::size_t>(label)];
    mean.resize(features.size());
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i] += features[i] / static_cast<double>(options.samples_of(label));
    }
  }
  int right = 0;
  for (std::uint64_t sample = options.samples; sample < 2 * options.samples; ++sample) {
    const Features features = features_of(options, sample);
    const auto nearest = std::ranges::min_element(
        means, {}, [&](const Features& mean) { return square_distance(mean, features); });
    right += nearest - means.begin() == options.class_of(sample);
  }
  return right / static_cast<double>(options.samples);
}

constexpr SyntheticKind kShapes = SyntheticKind::shapes;
constexpr SyntheticKind kBlobs = SyntheticKind::blobs;

TEST(Drawing, IsTheSameOnEveryMachine) {
  const auto hash = [](const SyntheticOptions& options, std::uint64_t sample) {
    return fmt::format("{:016x}", xxh3_64(draw(options, sample)));
  };
  EXPECT_EQ(hash({.kind = kShapes}, 0), "78f7e86101155e74");
  EXPECT_EQ(hash({.kind = kShapes}, 9'999'999), "bfff9cddc99a7123");
  EXPECT_EQ(hash({.kind = kShapes, .classes = 1000, .size = 64, .channels = 1, .seed = 7}, 777),
            "615371883e73dec6");
  EXPECT_EQ(hash({.kind = kBlobs}, 0), "480d68c36740ce3e");
  EXPECT_EQ(hash({.kind = kBlobs, .classes = 1000, .size = 9, .channels = 1, .seed = 7}, 777),
            "b277d2204f1ba48d");
}

TEST(Drawing, DiffersBySampleAndSeed) {
  for (const SyntheticKind kind : {kShapes, kBlobs}) {
    const SyntheticOptions options{.kind = kind};
    SyntheticOptions other = options;
    other.seed = 2;
    EXPECT_NE(draw(options, 3), draw(options, 3 + 10));
    EXPECT_NE(draw(options, 3), draw(other, 3));
  }
}

TEST(Blobs, AreToldApartByTheNearestMean) {
  EXPECT_GT(nearest_mean_accuracy({.kind = kBlobs, .samples = 1000, .size = 16}, pixels_of), 0.97);
  const SyntheticOptions many{
      .kind = kBlobs, .samples = 2000, .classes = 100, .size = 16, .channels = 1};
  EXPECT_GT(nearest_mean_accuracy(many, pixels_of), 0.9);
}

TEST(Shapes, AreToldApartNeitherByTheNearestMeanNorByColor) {
  const SyntheticOptions options{.kind = kShapes, .samples = 1000, .size = 16};
  EXPECT_LT(nearest_mean_accuracy(options, pixels_of), 0.3);
  EXPECT_LT(nearest_mean_accuracy(options, mean_color_of), 0.2);
}

TEST(Shapes, OfAllClassesHaveNamesOfTheirOwnThatMoreClassesKeepApart) {
  for (const int classes : {2, 10, 11, 50, 51, 100, 101, 500, 501, 1000}) {
    std::set<std::string> names;
    for (int label = 0; label < classes; ++label) names.insert(shape_class(label, classes).name());
    EXPECT_EQ(names.size(), static_cast<std::size_t>(classes)) << classes;
  }
  EXPECT_EQ(shape_class(9, 10).name(), "corner");
  EXPECT_EQ(shape_class(49, 50).name(), "corner-falling");
  EXPECT_EQ(shape_class(0, 51).name(), "bright-disc");
  EXPECT_EQ(shape_class(999, 1000).name(), "small-dark-corner-falling-on-falling");
}

TEST(Outline, FillsTheUnitCircleAndNoMore) {
  for (const EnumName<Shape>& shape : kShapeNames) {
    double nearest = 1;  // of what is inside of the circle of radius 0.8
    for (int degree = 0; degree < 360; ++degree) {
      const double angle = degree * std::numbers::pi / 180;
      const Point direction{std::cos(angle), std::sin(angle)};
      const auto at = [&](double radius) {
        return outline_distance(shape.value, {radius * direction.x, radius * direction.y});
      };
      EXPECT_GT(at(1.01), 0) << shape.text << ' ' << degree;
      nearest = std::min(nearest, at(0.8));
    }
    EXPECT_LT(nearest, 0) << shape.text;
  }
}

}  // namespace
}  // namespace lockstep
