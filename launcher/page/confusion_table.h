#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "analysis/confusion.h"

namespace lockstep {

/// A table of at most so many classes can be read.
inline constexpr std::size_t kConfusionTableClasses = 40;

/// The confusion matrix as a table of HTML for page(): a row for each true class, a column for each
/// class that is said, the counts, and colours by their part of the row, with a legend. Where there
/// are more than `most` classes, those of the most confused pairs, and it says so. `names` are
/// those of the classes.
std::string confusion_html(const Confusion& confusion, std::span<const std::string> names,
                           std::size_t most = kConfusionTableClasses);

}  // namespace lockstep
