#include "launcher/answers/prediction_table.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/csv.h"
#include "core/error.h"
#include "core/suggest.h"

namespace lockstep {
namespace {

std::string json_text_of(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// The place of `name` in `names`; their number where it is not there.
std::size_t place_of(const std::vector<std::string>& names, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

}  // namespace

PredictionTable::PredictionTable(TaskSpec spec, const TableForm& form, TableFormat format,
                                 const SampleSubmission* sample)
    : spec_(std::move(spec)),
      format_(format),
      top_(static_cast<std::size_t>(form.top)),
      label_separator_(form.separator),
      sample_(sample) {
  check_form(form, format);
  if (sample_ != nullptr) {
    columns_ = columns_of(*sample_);
  } else if (form.columns.empty()) {
    columns_ = usual_columns();
  } else {
    for (const std::string& text : form.columns) columns_.push_back(parse_column(text));
  }
  for (std::size_t i = 0; form.probabilities && i < spec_.names.size(); ++i) {
    columns_.push_back({spec_.names[i], Kind::output, i, /*nested=*/true});
  }
  if (!form.columns.empty()) check_names();
}

/// Whoever reads a table by its columns' names would find one of two.
void PredictionTable::check_names() const {
  std::set<std::string> names;
  for (const Column& column : columns_) {
    if (column.nested && format_ == TableFormat::jsonl) continue;  // in an object of their own
    check(names.insert(column.name).second, ExitCode::usage,
          "--columns: two columns are called '{}'; NAME=WHAT calls one of them otherwise",
          column.name);
  }
}

void PredictionTable::check_form(const TableForm& form, TableFormat format) const {
  check(spec_.kind != TaskKind::regression || (!form.probabilities && form.top == 0),
        ExitCode::usage,
        "--probabilities and --top are for classes and labels, and this model gives numbers");
  check(top_ <= spec_.names.size(), ExitCode::usage, "--top is {}, and the model has {} {}", top_,
        spec_.names.size(), output_noun(spec_.kind));
  check(sample_ == nullptr ||
            (form.columns.empty() && !form.probabilities && format == TableFormat::csv),
        ExitCode::usage,
        "--like decides the columns by itself, of a table in CSV: leave --columns, "
        "--probabilities and --format away");
}

std::vector<PredictionTable::Column> PredictionTable::usual_columns() const {
  std::vector<Column> columns{{"id", Kind::id}};
  switch (spec_.kind) {
    case TaskKind::classification:
      columns.push_back({"label", Kind::labels});
      columns.push_back({"probability", Kind::probability});
      break;
    case TaskKind::multi_label:
      columns.push_back({"labels", Kind::labels});
      break;
    case TaskKind::regression:
      for (std::size_t i = 0; i < spec_.names.size(); ++i) {
        columns.push_back({spec_.names[i], Kind::output, i});
      }
      break;
  }
  columns.push_back({"error", Kind::error});
  return columns;
}

PredictionTable::Column PredictionTable::parse_column(const std::string& text) const {
  const std::size_t equals = text.rfind('=');
  const bool is_whole =
      equals == std::string::npos || place_of(spec_.names, text) < spec_.names.size();
  const std::string name = is_whole ? text : text.substr(0, equals);
  const std::string what = is_whole ? text : text.substr(equals + 1);
  check(!name.empty(), ExitCode::usage, "--columns has a column without a name");
  const bool has_labels = spec_.kind != TaskKind::regression;
  if (what == "id") return {name, Kind::id};
  if (what == "error") return {name, Kind::error};
  if (has_labels && (what == "label" || what == "labels")) return {name, Kind::labels};
  if (has_labels && what == "probability") return {name, Kind::probability};
  const std::size_t output = place_of(spec_.names, what);
  std::vector<std::string> known{"id", "error"};
  if (has_labels) known.insert(known.end(), {"label", "probability"});
  known.insert(known.end(), spec_.names.begin(), spec_.names.end());
  check(output < spec_.names.size(), ExitCode::usage,
        "--columns: '{}' is nothing that the model tells{}. There are id, error{} and the names of "
        "its {}; NAME=label calls a column otherwise",
        what, did_you_mean(what, known), has_labels ? ", label, probability" : "",
        output_noun(spec_.kind));
  return {name, Kind::output, output};
}

std::vector<PredictionTable::Column> PredictionTable::columns_of(
    const SampleSubmission& sample) const {
  std::vector<Column> columns{{"", Kind::id}};
  const std::vector<std::string>& names = spec_.names;
  const bool is_named = std::ranges::any_of(sample.columns, [&](const std::string& name) {
    return place_of(names, name) < names.size();
  });
  if (sample.columns.size() == 1 && !is_named) {
    const bool is_number = spec_.kind == TaskKind::regression;
    check(!is_number || names.size() == 1, ExitCode::usage,
          "--like has one column, '{}', and the model gives {} numbers: {}", sample.columns[0],
          names.size(), fmt::join(names, ", "));
    columns.push_back({sample.columns[0], is_number ? Kind::output : Kind::labels});
    return columns;
  }
  for (const std::string& name : sample.columns) {
    const std::size_t output = place_of(names, name);
    check(output < names.size(), ExitCode::usage,
          "--like has the column '{}', which is none of the model's {} {}{}", name, names.size(),
          output_noun(spec_.kind), did_you_mean(name, names));
    columns.push_back({name, Kind::output, output});
  }
  for (const std::string& name : names) {
    check(sample.columns.size() == 1 || place_of(sample.columns, name) < sample.columns.size(),
          ExitCode::usage, "--like has no column for the model's '{}'", name);
  }
  return columns;
}

bool PredictionTable::is_answer(std::span<const float> answers) {
  return std::ranges::all_of(answers, [](float value) { return std::isfinite(value); });
}

bool PredictionTable::tells_errors() const {
  return std::ranges::find(columns_, Kind::error, &Column::kind) != columns_.end();
}

std::string PredictionTable::csv_line(const std::vector<std::string>& fields) const {
  std::string line;
  if (sample_ != nullptr) {
    append_csv_line(line, fields, sample_->separator, sample_->line_end);
  } else {
    append_csv_line(line, fields);
  }
  return line;
}

std::string PredictionTable::header() const {
  if (sample_ != nullptr) return sample_->header + sample_->line_end;
  if (format_ == TableFormat::jsonl) return {};
  std::vector<std::string> fields;
  for (const Column& column : columns_) fields.push_back(column.name);
  return csv_line(fields);
}

std::string PredictionTable::sample_row(std::size_t row) const {
  std::vector<std::string> fields{sample_->ids[row]};
  fields.insert(fields.end(), sample_->values[row].begin(), sample_->values[row].end());
  return csv_line(fields);
}

std::vector<std::size_t> PredictionTable::choose(std::span<const float> answers) const {
  std::vector<std::size_t> chosen;
  if (spec_.kind == TaskKind::multi_label && top_ == 0) {
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const float threshold =
          spec_.thresholds.empty() ? 0.5f : static_cast<float>(spec_.thresholds[i]);
      if (answers[i] >= threshold) chosen.push_back(i);
    }
    return chosen;
  }
  chosen.resize(answers.size());
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  const auto count = static_cast<std::ptrdiff_t>(std::max<std::size_t>(top_, 1));
  std::ranges::partial_sort(chosen, chosen.begin() + count, [&](std::size_t a, std::size_t b) {
    return answers[a] != answers[b] ? answers[a] > answers[b] : a < b;
  });
  chosen.resize(static_cast<std::size_t>(count));
  return chosen;
}

std::string PredictionTable::csv_field(const Column& column, const Answer& answer) const {
  if (column.kind == Kind::output) return fmt::format("{}", answer.values[column.output]);
  std::string text;
  for (const std::size_t output : answer.chosen) {
    if (output != answer.chosen.front()) text += label_separator_;
    text += column.kind == Kind::labels ? spec_.names[output]
                                        : fmt::format("{}", answer.values[output]);
  }
  return text;
}

std::string PredictionTable::json_value(const Column& column, const Answer& answer) const {
  if (column.kind == Kind::output) return fmt::format("{}", answer.values[column.output]);
  std::vector<std::string> items;
  for (const std::size_t output : answer.chosen) {
    items.push_back(column.kind == Kind::labels ? json_text_of(spec_.names[output])
                                                : fmt::format("{}", answer.values[output]));
  }
  return has_lists() ? fmt::format("[{}]", fmt::join(items, ",")) : items[0];
}

std::string PredictionTable::csv_row(std::string_view id, const Answer* answer,
                                     std::string_view error) const {
  std::vector<std::string> fields;
  for (const Column& column : columns_) {
    if (column.kind == Kind::id) {
      fields.emplace_back(id);
    } else if (column.kind == Kind::error) {
      fields.emplace_back(error);
    } else {
      fields.push_back(answer != nullptr ? csv_field(column, *answer) : std::string());
    }
  }
  return csv_line(fields);
}

std::string PredictionTable::json_row(std::string_view id, const Answer* answer,
                                      std::string_view error) const {
  std::string fields, nested;
  const auto add = [](std::string& list, std::string_view name, std::string_view value) {
    list += fmt::format("{}{}:{}", list.empty() ? "" : ",", json_text_of(name), value);
  };
  for (const Column& column : columns_) {
    std::string value = "null";
    if (column.kind == Kind::id) {
      value = json_text_of(id);
    } else if (column.kind == Kind::error) {
      if (!error.empty()) value = json_text_of(error);
    } else if (answer != nullptr) {
      value = json_value(column, *answer);
    }
    add(column.nested ? nested : fields, column.name, value);
  }
  if (!nested.empty()) add(fields, "probabilities", "{" + nested + "}");
  return "{" + fields + "}\n";
}

std::string PredictionTable::row(std::string_view id, std::span<const float> answers,
                                 std::string_view error) const {
  if (error.empty() && !is_answer(answers)) error = "the network's output is not finite";
  const bool is_answered = error.empty();
  const Answer answer{answers, is_answered ? choose(answers) : std::vector<std::size_t>()};
  const Answer* const told = is_answered ? &answer : nullptr;
  return format_ == TableFormat::jsonl ? json_row(id, told, error) : csv_row(id, told, error);
}

}  // namespace lockstep
