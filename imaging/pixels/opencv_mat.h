#pragma once

#include <opencv2/core.hpp>

#include "imaging/pixels/image.h"

namespace lockstep {

/// The pixels as OpenCV sees them, which must only read: cv::Mat has no const view. Also keeps
/// OpenCV to the calling thread from then on.
cv::Mat opencv_source(const ImageView& image);

}  // namespace lockstep
