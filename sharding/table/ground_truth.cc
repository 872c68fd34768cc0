#include "sharding/table/ground_truth.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/error.h"
#include "sharding/source/label_name.h"
#include "sharding/table/delimited_text.h"

namespace lockstep {
namespace {

constexpr std::string_view kBetween = " ,\t";

/// The first two words of a line.
std::pair<std::string_view, std::string_view> first_words(std::string_view line) {
  line = trimmed(line);
  const std::size_t end = std::min(line.find_first_of(kBetween), line.size());
  std::string_view rest = line.substr(end);
  rest.remove_prefix(std::min(rest.find_first_not_of(kBetween), rest.size()));
  return {line.substr(0, end), rest.substr(0, rest.find_first_of(kBetween))};
}

std::optional<std::size_t> parse_number(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string stem_of(std::string_view name) { return std::filesystem::path(name).stem().string(); }

}  // namespace

GroundTruth::GroundTruth(std::string_view text, std::vector<std::string> classes)
    : classes_(std::move(classes)) {
  std::vector<std::pair<std::string_view, std::string>> rows;  // the name, and the class's text
  std::vector<std::string> kept;
  DelimitedText lines(text, '\0');
  for (std::vector<std::string> line; lines.next(line);) {
    if (!trimmed(line[0]).empty()) kept.push_back(line[0]);
  }
  check(!kept.empty(), ExitCode::usage, "it has no line");
  for (const std::string& line : kept) {
    const auto [first, second] = first_words(line);
    rows.emplace_back(second.empty() ? std::string_view() : first, second.empty() ? first : second);
  }
  for (const auto& [name, label] : rows) {
    if (!classes_.empty() && parse_number(label) == 0) first_number_ = 0;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& [name, label] = rows[i];
    check(name.empty() == rows[0].first.empty(), ExitCode::usage,
          "line {} has {} words, unlike the first", i + 1, name.empty() ? "one" : "several");
    if (name.empty()) {
      in_order_.push_back(class_named(label));
    } else {
      by_name_.emplace(stem_of(name), class_named(label));
    }
  }
}

std::string GroundTruth::class_named(std::string_view text) const {
  const auto number = parse_number(text);
  if (classes_.empty() || !number) return clean_name(text);
  check(*number >= first_number_ && *number - first_number_ < classes_.size(), ExitCode::usage,
        "it has the number {}, and --class-list has {} classes", *number, classes_.size());
  return classes_[*number - first_number_];
}

std::string GroundTruth::class_of(const std::string& file, std::size_t number) const {
  if (!in_order_.empty()) return number < in_order_.size() ? in_order_[number] : std::string();
  const auto found = by_name_.find(stem_of(file));
  return found == by_name_.end() ? std::string() : found->second;
}

std::vector<std::string> read_class_list(std::string_view text) {
  std::vector<std::string> classes;
  DelimitedText lines(text, '\0');
  for (std::vector<std::string> line; lines.next(line);) {
    const std::string_view all = trimmed(line[0]);
    const std::string name = clean_name(all.substr(0, all.find_first_of(" \t,")));
    if (!name.empty()) classes.push_back(name);
  }
  check(!classes.empty(), ExitCode::usage, "it has no class in it");
  return classes;
}

}  // namespace lockstep
