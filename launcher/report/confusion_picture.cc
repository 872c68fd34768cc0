#include "launcher/report/confusion_picture.h"

#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "imaging/chart/confusion_chart.h"
#include "launcher/report/inspect_grid.h"

namespace lockstep {
namespace {

constexpr std::size_t kMostClasses = 40;

std::int64_t sum_of(std::span<const std::int64_t> counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

/// Characters that cannot be drawn are '?': the number tells two such names apart.
std::string name_of(const std::string& name, std::size_t number) {
  const std::string shown = drawable_class(name, number);
  const bool is_whole = shown == name || shown == fmt::format("class {}", number);
  return is_whole ? shown : fmt::format("{} ({})", shown, number);
}

}  // namespace

Image confusion_picture(const Confusion& confusion, std::span<const std::string> names,
                        const std::string& title) {
  const std::vector<std::size_t> shown = most_confused_classes(confusion, kMostClasses);
  std::int64_t right = 0;
  for (std::size_t k = 0; k < confusion.classes; ++k) right += confusion.of(k, k);
  const std::int64_t all = sum_of(confusion.counts);
  ConfusionChart chart{.title = fmt::format("{}: {} mistakes of {}", title, all - right, all),
                       .names = {},
                       .counts = {},
                       .sums = {}};
  if (shown.size() < confusion.classes) {
    chart.title += fmt::format(", {} of {} classes", shown.size(), confusion.classes);
  }
  for (const std::size_t truth : shown) {
    chart.names.push_back(name_of(names[truth], truth));
    for (const std::size_t said : shown) chart.counts.push_back(confusion.of(truth, said));
    chart.sums.push_back(
        sum_of(std::span(confusion.counts).subspan(truth * confusion.classes, confusion.classes)));
  }
  return draw_confusion_chart(chart);
}

}  // namespace lockstep
