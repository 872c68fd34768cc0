#pragma once

#include "imaging/render/image_renderer.h"
#include "sharding/format/sample.h"

namespace lockstep {

/// The image of a sample that was read, as imaging takes it: a view of the sample's bytes. Throws
/// Error(data) where a raw one's shape and bytes do not fit.
StoredImage stored_image(const Sample& sample, Encoding encoding);

}  // namespace lockstep
