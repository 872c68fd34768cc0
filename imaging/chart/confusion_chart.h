#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "imaging/pixels/image.h"

namespace lockstep {

/// How often samples of each class are taken for each class: a row for each true class, a column
/// for each class that is said, coloured by its part of the row. Texts are UTF-8; characters
/// outside ASCII are drawn as '?'.
struct ConfusionChart {
  std::string title;
  std::vector<std::string> names;    ///< of the n classes
  std::vector<std::int64_t> counts;  ///< [n truths, n said]
  std::vector<std::int64_t> sums;    ///< of each truth, of classes that are not shown too
};

/// The chart in RGB, about 700 pixels high: with the counts where there are few classes, else in
/// colours alone. Of one class or more.
Image draw_confusion_chart(const ConfusionChart& chart);

}  // namespace lockstep
