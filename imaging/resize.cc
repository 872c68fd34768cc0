#include "imaging/resize.h"

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

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

void resize(const ImageView& source, int height, int width, Image& result) {
  keep_opencv_to_the_calling_thread();
  result.reshape(height, width, source.channels);
  const int type = CV_8UC(source.channels);
  // cv::Mat has no const view; the source is only read.
  const cv::Mat from(source.height, source.width, type, const_cast<std::uint8_t*>(source.pixels),
                     static_cast<std::size_t>(source.row_bytes));
  cv::Mat to(height, width, type, result.row(0), static_cast<std::size_t>(result.row_bytes()));
  const bool shrinks = height <= source.height && width <= source.width;
  cv::resize(from, to, to.size(), 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
}

}  // namespace lockstep
