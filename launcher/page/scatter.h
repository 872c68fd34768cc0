#pragma once

#include <string>
#include <utility>
#include <vector>

namespace lockstep {

/// Predicted against true numbers.
struct Scatter {
  std::string title;
  std::string x_title = "truth";
  std::string y_title = "prediction";
  std::vector<std::pair<double, double>> points;  ///< those that are not finite are left out
};

/// As SVG within HTML for page(): both axes have one scale, and the line is where both are equal.
std::string scatter_html(const Scatter& scatter);

}  // namespace lockstep
