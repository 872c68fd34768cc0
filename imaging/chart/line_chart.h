#pragma once

#include <string>
#include <vector>

#include "imaging/pixels/image.h"

namespace lockstep {

/// Curves over one axis, with marks. Texts are UTF-8; characters outside ASCII are drawn as '?'.
struct LineChart {
  struct Line {
    std::string name;          ///< in the legend, where there are several
    std::vector<double> x, y;  ///< as long as each other; points that are not finite are left out
    bool faint = false;
  };
  /// A vertical line.
  struct Mark {
    std::string name;
    double x = 0;
  };

  std::string title, x_title, y_title;
  bool log_x = false;  ///< x above 0
  std::vector<Line> lines;
  std::vector<Mark> marks;
};

/// Numbers to label an axis from `low` to `high` with, about `count`, in steps of 1, 2 or 5 times a
/// power of 10.
std::vector<double> axis_ticks(double low, double high, int count);

/// The chart in RGB, of 960 x 540 pixels.
Image draw_line_chart(const LineChart& chart);

}  // namespace lockstep
