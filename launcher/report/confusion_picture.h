#pragma once

#include <span>
#include <string>

#include "analysis/confusion.h"
#include "imaging/pixels/image.h"

namespace lockstep {

/// The confusion matrix as a picture; of many classes those of the most confused pairs, and it says
/// so. `title` begins what stands above it; `names` are those of the classes.
Image confusion_picture(const Confusion& confusion, std::span<const std::string> names,
                        const std::string& title);

}  // namespace lockstep
