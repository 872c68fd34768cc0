#include "launcher/report/prediction_table.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/csv.h"
#include "core/error.h"

namespace lockstep {
namespace {

std::string line_of(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    append_csv_field(line, fields[i]);
  }
  return line.append(kCsvLineEnd);
}

std::string joined_labels(const TaskSpec& spec, std::span<const float> probabilities) {
  std::string text;
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    const float threshold = spec.thresholds.empty() ? 0.5f : static_cast<float>(spec.thresholds[i]);
    if (probabilities[i] < threshold) continue;
    text += (text.empty() ? "" : "|") + spec.names[i];
  }
  return text;
}

}  // namespace

PredictionTable::PredictionTable(TaskSpec spec, bool probabilities)
    : spec_(std::move(spec)), probabilities_(probabilities) {
  check(!probabilities || spec_.kind != TaskKind::regression, ExitCode::usage,
        "--probabilities is for classes and labels, and this model gives numbers");
}

bool PredictionTable::is_answer(std::span<const float> answers) {
  return std::ranges::all_of(answers, [](float value) { return std::isfinite(value); });
}

std::string PredictionTable::header() const {
  std::vector<std::string> fields{"id"};
  switch (spec_.kind) {
    case TaskKind::classification:
      fields.insert(fields.end(), {"label", "probability"});
      break;
    case TaskKind::multi_label:
      fields.emplace_back("labels");
      break;
    case TaskKind::regression:
      fields.insert(fields.end(), spec_.names.begin(), spec_.names.end());
      break;
  }
  fields.emplace_back("error");
  if (probabilities_) fields.insert(fields.end(), spec_.names.begin(), spec_.names.end());
  return line_of(fields);
}

std::string PredictionTable::row(std::string_view id, std::span<const float> answers,
                                 std::string_view error) const {
  if (error.empty() && !is_answer(answers)) error = "the network's output is not finite";
  const auto text_of = [&](float value) {
    return error.empty() ? fmt::format("{}", value) : std::string();
  };
  std::vector<std::string> fields{std::string(id)};
  switch (spec_.kind) {
    case TaskKind::classification: {
      const auto best = std::ranges::max_element(answers);
      const auto number = static_cast<std::size_t>(best - answers.begin());
      fields.push_back(error.empty() ? spec_.names[number] : std::string());
      fields.push_back(text_of(*best));
      break;
    }
    case TaskKind::multi_label:
      fields.push_back(error.empty() ? joined_labels(spec_, answers) : std::string());
      break;
    case TaskKind::regression:
      for (const float value : answers) fields.push_back(text_of(value));
      break;
  }
  fields.emplace_back(error);
  for (const float value : answers) {
    if (probabilities_) fields.push_back(text_of(value));
  }
  return line_of(fields);
}

}  // namespace lockstep
