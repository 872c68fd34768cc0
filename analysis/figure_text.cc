#include "analysis/figure_text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace lockstep {
namespace {

constexpr std::string_view kFractions[] = {"accuracy",
                                           "top5_accuracy",
                                           "balanced_accuracy",
                                           "precision",
                                           "recall",
                                           "f1",
                                           "f1_macro",
                                           "exact_match",
                                           "map",
                                           "auroc",
                                           "average_precision",
                                           "calibration_error"};

std::string_view without_split(std::string_view figure) {
  return figure.substr(figure.rfind('/') + 1);
}

}  // namespace

bool is_fraction(std::string_view figure) {
  return std::ranges::find(kFractions, without_split(figure)) != std::end(kFractions);
}

bool is_obvious(std::string_view figure, std::size_t classes) {
  return classes <= 5 && without_split(figure) == "top5_accuracy";
}

bool may_be_obvious(std::string_view figure, double value) {
  return value == 1 && is_obvious(figure, 0);
}

std::string percent_text(double fraction) {
  return std::isnan(fraction) ? "undefined" : fmt::format("{:.2f} %", 100 * fraction);
}

std::string value_text(std::string_view figure, double value) {
  return is_fraction(figure) ? percent_text(value) : fmt::format("{:.4g}", value);
}

}  // namespace lockstep
