#include "sharding/table/label_cells.h"

#include <algorithm>
#include <cfloat>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "sharding/source/label_name.h"
#include "sharding/source/target_range.h"

namespace lockstep {
namespace {

/// More names than this in one column are no flags.
constexpr std::size_t kMostFlags = 4096;

/// The whole of `text` as a number; infinite where it is beyond float32.
std::optional<float> parse_any_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) {
    return std::nullopt;
  }
  if (error == std::errc()) return value;
  // Too large, or too small to be told from 0: its exponent says which.
  const std::size_t exponent = text.find_first_of("eE");
  const bool is_small = exponent != std::string_view::npos && text.substr(exponent + 1, 1) == "-";
  double precise = 0;
  const auto again = std::from_chars(text.data(), text.data() + text.size(), precise);
  if (again.ec != std::errc()) return is_small ? 0.0f : HUGE_VALF;
  return std::abs(precise) > FLT_MAX ? HUGE_VALF : static_cast<float>(precise);
}

/// The same, where it is finite.
std::optional<float> parse_number(std::string_view text) {
  const std::optional<float> value = parse_any_number(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

/// What may be done about a text that is no number.
std::string advice(std::string_view text, bool is_flag) {
  if (is_flag) return "; a flag is 0 or 1 (several names in a cell: --label-separator)";
  if (parse_number(text)) return "";  // what a pattern left of it
  if (parse_any_number(text)) return "; finite numbers of float32 (up to 3.4e38) are taken";
  std::string digits(text);
  std::erase(digits, ',');
  std::erase(digits, '\'');
  if (digits != text && parse_number(digits)) {
    return "; a number has a decimal point, and nothing between its thousands";
  }
  const bool has_digit = text.find_first_of("0123456789") != std::string_view::npos;
  return has_digit ? "; --target-regex takes a number out of a text" : "";
}

}  // namespace

LabelCells::LabelCells(const SourceOptions& options, std::vector<std::string> columns, Flags flags)
    : options_(options), columns_(std::move(columns)), flags_(flags) {
  const LabelType kind = type();
  check(kind.kind != LabelKind::int64 || columns_.size() == 1, ExitCode::usage,
        "--label-columns names {} columns; a class is in one. For numbers pass --task "
        "regression, for flags --task multi_label",
        columns_.size());
  if (!options.label_separator.empty()) {
    check(options.task == LabelTask::multilabel && columns_.size() == 1, ExitCode::usage,
          "--label-separator '{}' is for several names in one column, which become flags: it goes "
          "with --task multi_label and one of --label-columns",
          options.label_separator);
  }
  if (!options.target_regex.empty()) target_regex_.emplace(options.target_regex, "--target-regex");
}

std::optional<LabelCells::Problem> LabelCells::read(std::span<const std::string* const> cells,
                                                    SourceRecord& record, SourceListing& listing) {
  if (options_.unlabelled) return std::nullopt;
  if (options_.task == LabelTask::classification) return read_class(*cells[0], record, listing);
  if (flags_ == Flags::names) return read_names(*cells[0], record);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (auto problem = read_number(*cells[i], i, record)) return problem;
  }
  return std::nullopt;
}

/// A record without a class is let through where the cell is empty: what is done about it is the
/// same for every source.
std::optional<LabelCells::Problem> LabelCells::read_class(std::string_view text,
                                                          SourceRecord& record,
                                                          SourceListing& listing) const {
  const std::string name = clean_name(text);
  if (name.empty()) return std::nullopt;
  const bool is_chosen = std::ranges::find(options_.classes, name) != options_.classes.end();
  if (is_missing_value(name) && !is_chosen) {
    return Problem{FaultKind::no_label,
                   fmt::format("'{}' stands for no value (a class of that name is kept where "
                               "--classes names it)",
                               name)};
  }
  record.label = listing.labels.add(name);
  return std::nullopt;
}

std::optional<LabelCells::Problem> LabelCells::read_names(std::string_view text,
                                                          SourceRecord& record) {
  const std::string_view cell = trimmed(text);
  if (is_missing_value(cell)) {
    return Problem{
        FaultKind::no_label,
        fmt::format("column '{}' is '{}'; a row without any flag needs a name of its own",
                    columns_[0], cell)};
  }
  const std::string& separator = options_.label_separator;
  for (std::size_t start = 0; start <= cell.size();) {
    const std::size_t next = separator.empty() ? cell.size() : cell.find(separator, start);
    const std::size_t end = std::min(next, cell.size());
    const std::string name = clean_name(cell.substr(start, end - start));
    if (!name.empty() && is_missing_value(name)) {
      return Problem{FaultKind::no_label,
                     fmt::format("column '{}' is '{}', and '{}' stands for no value", columns_[0],
                                 cell, name)};
    }
    if (!name.empty()) add_name(name, record);
    start = end + std::max<std::size_t>(separator.size(), 1);
  }
  if (!record.targets.empty()) return std::nullopt;
  return Problem{FaultKind::no_label, fmt::format("column '{}' is '{}'", columns_[0], cell)};
}

void LabelCells::add_name(const std::string& name, SourceRecord& record) {
  record.targets.push_back(static_cast<float>(names_.add(name)));
}

std::optional<LabelCells::Problem> LabelCells::read_number(std::string_view text,
                                                           std::size_t column,
                                                           SourceRecord& record) const {
  const bool is_flag = options_.task == LabelTask::multilabel;
  const std::string_view cell = trimmed(text);
  const auto said = [&](std::string_view more) {
    return fmt::format("column '{}' is '{}'{}", columns_[column], text, more);
  };
  if (cell.empty()) return Problem{FaultKind::no_label, said("")};
  std::string number(cell);
  if (target_regex_) {
    const std::optional<std::string> found = target_regex_->find(cell);
    if (!found) {
      return Problem{
          FaultKind::bad_target,
          said(fmt::format(", which --target-regex {} does not match", options_.target_regex))};
    }
    number = *found;
  }
  const std::optional<float> value = parse_number(number);
  const bool good = is_flag ? value == 0.0f || value == 1.0f : value.has_value();
  if (!good) {
    return Problem{FaultKind::bad_target,
                   said(is_missing_value(cell) ? "" : advice(cell, is_flag))};
  }
  if (std::string outside = find_out_of_range(options_, *value); !outside.empty()) {
    return Problem{FaultKind::out_of_range, said(": " + outside)};
  }
  record.targets.push_back(*value);
  return std::nullopt;
}

void LabelCells::finish(SourceListing& listing) const {
  listing.label = type();
  if (listing.label.has_targets()) listing.label_names = columns_;
  if (flags_ != Flags::names) return;
  std::vector<std::string> names = names_.names();
  std::ranges::sort(names);
  check(names.size() <= kMostFlags, ExitCode::usage,
        "{} names are in '{}'; at most {} can be flags. Are these the labels, and is "
        "--label-separator '{}' what stands between them?",
        names.size(), columns_[0], kMostFlags, options_.label_separator);
  for (SourceRecord& record : listing.records) {
    std::vector<float> flags(names.size(), 0.0f);
    for (const float number : record.targets) {
      const std::string& name = names_[static_cast<std::uint32_t>(number)];
      flags[static_cast<std::size_t>(std::ranges::lower_bound(names, name) - names.begin())] = 1;
    }
    record.targets = std::move(flags);
  }
  listing.label.width = static_cast<std::uint32_t>(names.size());
  listing.label_names = std::move(names);
}

}  // namespace lockstep
