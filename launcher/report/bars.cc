#include "launcher/report/bars.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace lockstep {

std::string bars(std::span<const double> numbers) {
  constexpr std::array kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  double most = 0;
  for (const double number : numbers) {
    if (std::isfinite(number)) most = std::max(most, number);
  }
  std::string chart;
  for (const double number : numbers) {
    const double height =
        most > 0 && number > 0 ? number / most * static_cast<double>(kBars.size()) : 0;
    chart += kBars[std::min(static_cast<std::size_t>(height), kBars.size() - 1)];
  }
  return chart;
}

}  // namespace lockstep
