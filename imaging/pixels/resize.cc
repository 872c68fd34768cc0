#include "imaging/pixels/resize.h"

#include <opencv2/imgproc.hpp>

#include "imaging/pixels/opencv_mat.h"

namespace lockstep {

void resize(const ImageView& source, int height, int width, Image& result) {
  const cv::Mat from = opencv_source(source);
  result.reshape(height, width, source.channels);
  cv::Mat to(height, width, from.type(), result.row(0),
             static_cast<std::size_t>(result.row_bytes()));
  const bool shrinks = height <= source.height && width <= source.width;
  cv::resize(from, to, to.size(), 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
}

}  // namespace lockstep
