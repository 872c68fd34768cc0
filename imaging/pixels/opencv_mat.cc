#include "imaging/pixels/opencv_mat.h"

#include <cstddef>

namespace lockstep {
namespace {

/// OpenCV's own threads would compete with the prefetch threads, one of which calls this. Its
/// setting is global to the process, so it is made once, before OpenCV's first work.
void keep_opencv_to_the_calling_thread() {
  static const bool done = [] {
    cv::setNumThreads(0);
    return true;
  }();
  static_cast<void>(done);
}

}  // namespace

cv::Mat opencv_source(const ImageView& image) {
  keep_opencv_to_the_calling_thread();
  return {image.height, image.width, CV_8UC(image.channels),
          const_cast<std::uint8_t*>(image.pixels), static_cast<std::size_t>(image.row_bytes)};
}

}  // namespace lockstep
