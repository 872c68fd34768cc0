#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "launcher/history/text_style.h"

namespace lockstep {

/// A curve, or marks.
struct TextSeries {
  std::string name;
  char mark = 0;  ///< drawn at each point; 0: a line through all of them
  std::vector<std::pair<double, double>> points = {};  ///< x rises
};

/// What the values of a chart are: numbers, or fractions that are told in percent.
enum class ChartUnit { number, percent };

/// Curves over one axis in the characters of a terminal, with the range of each axis; lines in
/// braille (U+2800), or without Unicode in dots. What is not finite is left out. A line says which
/// is which; empty where no series has a point.
///
///     text_chart("epoch", {{{"train/loss", 0, steps}, {"valid/loss", 'o', epochs}}}, style)
std::string text_chart(const std::string& x_name, std::span<const TextSeries> series,
                       const TextStyle& style, ChartUnit unit = ChartUnit::number);

}  // namespace lockstep
