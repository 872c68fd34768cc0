#include "imaging/augment/augment_options.h"

#include <string_view>

#include "core/error.h"

namespace lockstep {
namespace {

void check_range(std::string_view key, const Range& range) {
  check(range.min <= range.max, ExitCode::usage,
        "data.augment.{0}_min is {1} and data.augment.{0}_max is {2}: the first must not be above "
        "the second",
        key, range.min, range.max);
}

}  // namespace

void check_augment_options(const AugmentOptions& options) {
  check_range("crop_area", options.crop_area);
  check_range("crop_aspect", options.crop_aspect);
  check_range("zoom", options.zoom);
  check_range("erase_area", options.erase_area);
  check_range("erase_aspect", options.erase_aspect);
  check(options.crop_padding == 0 || options.crop == CropKind::centre, ExitCode::usage,
        "data.augment.crop_padding is {}, but data.augment.crop draws a place already; set "
        "crop_padding: 0, or crop: centre",
        options.crop_padding);
}

}  // namespace lockstep
