#include "launcher/report/picture_maker.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "sharding/read/sample_image.h"

namespace lockstep {

Image PictureMaker::make(std::uint64_t id) {
  dataset_.read(id, sample_);
  try {
    const ImageInfo info = renderer_.open(stored_image(sample_, dataset_.encoding()));
    const double longest = std::max(info.height, info.width);
    const double scale = std::min(1.0, side_ / longest);
    const auto shrunk = [&](int side) {
      return std::clamp(static_cast<int>(std::lround(side * scale)), 1, side_);
    };
    Image picture;
    picture.reshape(shrunk(info.height), shrunk(info.width), channels_);
    renderer_.render(scaling(static_cast<double>(info.width) / picture.width(),
                             static_cast<double>(info.height) / picture.height()),
                     Border::edge,
                     {picture.row(0), picture.height(), picture.width(), picture.channels()});
    return picture;
  } catch (const Error& error) {
    fail(error.code(), "{}: {}", dataset_.describe(id), error.what());
  }
}

}  // namespace lockstep
