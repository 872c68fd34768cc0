#include "launcher/run_report/eval_fields.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "core/error.h"

namespace lockstep {
namespace {

using Json = nlohmann::json;
using Fields = JsonFields<Json>;

/// What a figure may be: the names are those of analysis/figures.h.
struct FigureKind {
  const char* what;
  NumberRange range;
  bool is_count = false;
};
constexpr double kMostCount = 9007199254740992;  // 2^53: whole numbers up to it are doubles
constexpr FigureKind kPart{"a number from 0 to 1", {0, 1}};
constexpr FigureKind kError{"a number of at least 0", {0, NumberRange{}.max}};
constexpr FigureKind kCount{"a whole number of at least 0", {0, kMostCount}, true};
constexpr FigureKind kAny{"a number", {}};

constexpr struct {
  const char* key;
  const FigureKind& kind;
} kFigures[] = {{"accuracy", kPart},
                {"top5_accuracy", kPart},
                {"balanced_accuracy", kPart},
                {"precision", kPart},
                {"recall", kPart},
                {"f1", kPart},
                {"f1_macro", kPart},
                {"exact_match", kPart},
                {"auroc", kPart},
                {"average_precision", kPart},
                {"map", kPart},
                {"calibration_error", kPart},
                {"threshold", kPart},
                {"loss", kError},
                {"mae", kError},
                {"rmse", kError},
                {"r2", kAny},
                {"bias", kAny},
                {"evaluated", kCount},
                {"step", kCount},
                {"support", kCount},
                {"predicted", kCount}};

void check_value(const Json& value, const std::string& key, const FigureKind& kind) {
  if (value.is_null() && !kind.is_count) return;
  const double number = value.is_number() ? value.get<double>() : std::nan("");
  const bool is_within = number >= kind.range.min && number <= kind.range.max;
  check(is_within && (!kind.is_count || number == std::floor(number)), ExitCode::data,
        "'{}' is {}, not {}", key,
        value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace), kind.what);
}

void check_interval(const Json& interval, const std::string& key, const FigureKind& kind) {
  check(interval.is_array() && interval.size() == 2, ExitCode::data,
        "'{}' is not a list of two numbers", key);
  for (const Json& end : interval) check_value(end, key, kind);
  check(!interval[0].is_number() || !interval[1].is_number() || interval[0] <= interval[1],
        ExitCode::data, "'{}' ends below its begin", key);
}

/// `path` is of the object in the document: "classes[3].".
void check_figures(const Fields& fields, const std::string& path) {
  const bool has_intervals = fields.has("intervals");
  for (const auto& [key, kind] : kFigures) {
    const bool is_of_arithmetic = path.empty() && std::string_view(key) == "precision";
    if (fields.has(key) && !is_of_arithmetic) check_value(fields.at(key), path + key, kind);
    if (!has_intervals) continue;
    const Fields intervals = fields.object("intervals");
    if (!intervals.has(key)) continue;
    check_interval(intervals.at(key), path + "intervals." + key, kind);
  }
}

/// What is not shown as a figure has its own form.
void check_forms(const Fields& evaluation) {
  for (const char* key : {"precision", "task", "split"}) {
    if (evaluation.has(key)) evaluation.text(key);
  }
  for (const char* key : {"bootstrap", "by", "calibration", "intervals"}) {
    if (evaluation.has(key)) evaluation.object(key);
  }
  if (evaluation.has("calibration")) {
    for (const auto& [key, value] : evaluation.at("calibration").items()) {
      const std::string path = "calibration." + key;
      if (!value.is_structured()) check_value(value, path, kError);
    }
  }
  if (!evaluation.has("confused")) return;
  for (const Fields& pair : evaluation.objects("confused")) {
    check_value(pair.at("count"), "confused.count", kCount);
  }
}

}  // namespace

void check_evaluation(const Fields& evaluation) {
  check_figures(evaluation, "");
  check_forms(evaluation);
  for (const std::string outputs : {"classes", "labels", "targets"}) {
    if (!evaluation.has(outputs)) continue;
    std::size_t i = 0;
    for (const Fields& one : evaluation.objects(outputs)) {
      check_figures(one, fmt::format("{}[{}].", outputs, i++));
    }
  }
}

}  // namespace lockstep
