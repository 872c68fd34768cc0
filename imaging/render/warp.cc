#include "imaging/render/warp.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "imaging/pixels/opencv_mat.h"

namespace lockstep {
namespace {

/// Samples of one pixel along an axis on which the source moves by `distance`.
int samples_for(double distance) {
  constexpr double kMost = 8;
  // One sample alone must not leave pixels out. From two on they may lie a little apart, because
  // each is interpolated and it is their mean that counts.
  constexpr double kApart = 1.25;
  constexpr double kRounding = 1e-6;
  if (distance <= 1 + kRounding) return 1;
  return static_cast<int>(std::clamp(std::ceil(distance / kApart), 2.0, kMost));
}

/// OpenCV's pixel i has its centre at i.
Homography between_centres(const Homography& map) {
  return translation(-0.5, -0.5) * map * translation(0.5, 0.5);
}

void draw_samples(const cv::Mat& source, const Homography& output_to_source, Border border,
                  cv::Mat& picture) {
  const int mode = border == Border::reflect ? cv::BORDER_REFLECT_101 : cv::BORDER_REPLICATE;
  const int flags = cv::INTER_LINEAR | cv::WARP_INVERSE_MAP;
  const auto m = between_centres(output_to_source).m;
  if (output_to_source.is_affine()) {
    const cv::Matx23d map(m[0], m[1], m[2], m[3], m[4], m[5]);
    cv::warpAffine(source, picture, map, picture.size(), flags, mode);
  } else {
    cv::warpPerspective(source, picture, cv::Matx33d(m.data()), picture.size(), flags, mode);
  }
}

}  // namespace

void Warper::draw(const ImageView& source, const Homography& output_to_source,
                  const MapReach& reach, Border border, int height, int width, std::uint8_t* out) {
  const cv::Mat from = opencv_source(source);
  cv::Mat picture(height, width, from.type(), out);
  const int across = samples_for(reach.along_rows);
  const int down = samples_for(reach.along_columns);
  if (across == 1 && down == 1) {
    draw_samples(from, output_to_source, border, picture);
    return;
  }
  // A strip at a time, so that the samples stay in the processor's cache.
  constexpr int kSampleRows = 64;
  const int strip_rows = kSampleRows / down;
  const Homography sample_to_source = output_to_source * scaling(1.0 / across, 1.0 / down);
  for (int y = 0; y < height; y += strip_rows) {
    cv::Mat strip = picture.rowRange(y, std::min(y + strip_rows, height));
    samples_.reshape(strip.rows * down, width * across, source.channels);
    cv::Mat samples(samples_.height(), samples_.width(), from.type(), samples_.row(0));
    draw_samples(from, sample_to_source * translation(0, double(y) * down), border, samples);
    cv::resize(samples, strip, strip.size(), 0, 0, cv::INTER_AREA);
  }
}

void paint_outside(const Homography& output_to_source, int source_height, int source_width,
                   int height, int width, int channels, std::uint8_t* picture) {
  const auto& m = output_to_source.m;
  for (int y = 0; y < height; ++y, picture += std::ptrdiff_t{width} * channels) {
    const auto shows_image = [&](int column) {
      const Point centre{column + 0.5, y + 0.5};
      const double px = m[0] * centre.x + m[1] * centre.y + m[2];
      const double py = m[3] * centre.x + m[4] * centre.y + m[5];
      const double depth = m[6] * centre.x + m[7] * centre.y + m[8];
      return px >= 0 && px < source_width * depth && py >= 0 && py < source_height * depth;
    };
    // The image's outline is convex, and so is what a row sees of it.
    int begin = 0;
    int end = width;
    while (begin < end && !shows_image(begin)) ++begin;
    while (end > begin && !shows_image(end - 1)) --end;
    std::fill_n(picture, begin * channels, std::uint8_t{0});
    std::fill(picture + end * channels, picture + width * channels, std::uint8_t{0});
  }
}

}  // namespace lockstep
