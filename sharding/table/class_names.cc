#include "sharding/table/class_names.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/json_parse.h"
#include "sharding/source/image_name.h"
#include "sharding/source/label_name.h"
#include "sharding/table/annotation_json.h"
#include "sharding/table/delimited_text.h"

namespace lockstep {
namespace {

void add_name(ClassNames& names, std::string_view key, std::string_view name) {
  const std::string clean = clean_name(name);
  check(!clean.empty(), ExitCode::usage, "'{}' has no name", key);
  const auto [entry, is_new] = names.emplace(clean_name(key), clean);
  check(is_new || entry->second == clean, ExitCode::usage, "'{}' has two names, '{}' and '{}'", key,
        entry->second, clean);
}

ClassNames read_json(std::string_view text) {
  ClassNames names;
  const auto json = parse_json<nlohmann::json>(text, ExitCode::usage);
  check(json.is_object(), ExitCode::usage,
        "it is no object of names, such as {{\"1\": \"chair\"}}");
  if (json.contains("categories") && json["categories"].is_array()) {
    for (const auto& [id, name] : parse_annotations(text).categories) add_name(names, id, name);
    return names;
  }
  for (const auto& [key, value] : json.items()) {
    if (value.is_string()) {
      add_name(names, key, value.get<std::string>());
      continue;
    }
    const bool is_list =
        value.is_array() && !value.empty() &&
        std::ranges::all_of(value, [](const auto& item) { return item.is_string(); });
    check(is_list, ExitCode::usage, "'{}' has neither a name nor a list of texts", key);
    const auto name = value.back().template get<std::string>();
    add_name(names, key, name);
    if (value.size() > 1) add_name(names, value.front().template get<std::string>(), name);
  }
  return names;
}

/// "n01440764" and "tench, Tinca tinca"
std::pair<std::string_view, std::string_view> split_words(std::string_view line) {
  line = trimmed(line);
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  return {line.substr(0, end), trimmed(line.substr(end))};
}

/// True where each line begins with a word that is a number or a synset's id, and spaces.
bool is_words(std::string_view text) {
  DelimitedText lines(text, '\0');
  for (std::vector<std::string> line; lines.next(line);) {
    const auto [key, name] = split_words(line[0]);
    const bool is_id = !key.empty() && std::ranges::all_of(key.substr(1), [](char c) {
      return c >= '0' && c <= '9';
    });
    if (!trimmed(line[0]).empty() && (!is_id || name.empty())) return false;
  }
  return true;
}

ClassNames read_lines(const std::filesystem::path& file, std::string_view text) {
  ClassNames names;
  const char separator = is_words(text) ? '\0' : find_separator(text, file);
  DelimitedText lines(text, separator);
  for (std::vector<std::string> line; lines.next(line);) {
    if (separator == '\0') {
      const auto [key, name] = split_words(line[0]);
      if (!key.empty()) add_name(names, key, name);
      continue;
    }
    check(
        line.size() == 2, ExitCode::usage,
        "line {} has {} columns; a class and its name are two, and a name with the separator in it "
        "has quotes",
        lines.line(), line.size());
    add_name(names, line[0], line[1]);
  }
  return names;
}

/// The new name of each old one, which is itself where it has none.
class Renaming {
 public:
  Renaming(const ClassNames& names, SourceListing& listing) : names_(names), listing_(listing) {}

  std::string operator()(const std::string& old) {
    const auto found = names_.find(old);
    if (found != names_.end()) {
      ++named_;
      return found->second;
    }
    if (unnamed_++ == 0) first_unnamed_ = old;
    return old;
  }

  void note(std::size_t before, std::size_t after) const {
    check(named_ > 0 || before == 0, ExitCode::usage,
          "--class-names has a name for none of the {} classes; one is called '{}', and the file "
          "begins with '{}'",
          before, first_unnamed_, names_.empty() ? "" : names_.begin()->first);
    if (unnamed_ > 0) {
      listing_.notes.push_back(
          fmt::format("--class-names has no name for {} of {} classes (the "
                      "first: {})",
                      unnamed_, before, first_unnamed_));
    }
    if (after < before) {
      listing_.notes.push_back(fmt::format(
          "{} classes became {}, because --class-names gives some one name", before, after));
    }
  }

 private:
  const ClassNames& names_;
  SourceListing& listing_;
  std::size_t named_ = 0;
  std::size_t unnamed_ = 0;
  std::string first_unnamed_;
};

void rename_labels(Renaming& rename, SourceListing& listing) {
  NameTable labels;
  std::vector<std::uint32_t> numbers;
  for (const std::string& old : listing.labels.names()) numbers.push_back(labels.add(rename(old)));
  for (SourceRecord& record : listing.records) {
    if (record.label != NameTable::kNone) record.label = numbers[record.label];
  }
  for (SourceFault& fault : listing.faults) {
    const std::uint32_t old = listing.labels.find(fault.label);
    if (old != NameTable::kNone) fault.label = labels[numbers[old]];
  }
  rename.note(numbers.size(), labels.names().size());
  listing.labels = std::move(labels);
  listing.class_names = SourceListing::ClassNames::texts;
}

void rename_flags(Renaming& rename, SourceListing& listing) {
  std::vector<std::string> renamed;
  for (const std::string& old : listing.label_names) renamed.push_back(rename(old));
  std::vector<std::string> names = renamed;
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (SourceRecord& record : listing.records) {
    std::vector<float> flags(names.size(), 0.0f);
    for (std::size_t i = 0; i < renamed.size(); ++i) {
      const auto place = std::ranges::lower_bound(names, renamed[i]) - names.begin();
      float& flag = flags[static_cast<std::size_t>(place)];
      flag = std::max(flag, record.targets[i]);
    }
    record.targets = std::move(flags);
  }
  rename.note(renamed.size(), names.size());
  listing.label.width = static_cast<std::uint32_t>(names.size());
  listing.label_names = std::move(names);
}

}  // namespace

ClassNames read_class_names(const std::filesystem::path& file, std::string_view text) {
  try {
    ClassNames names = lower_extension(file) == ".json" ? read_json(text) : read_lines(file, text);
    check(!names.empty(), ExitCode::usage, "it has no name in it");
    return names;
  } catch (const Error& error) {
    fail(ExitCode::usage, "the class names '{}': {}", file.string(), error.what());
  }
}

void rename_classes(const ClassNames& names, SourceListing& listing) {
  Renaming rename(names, listing);
  if (listing.label.kind == LabelKind::int64) return rename_labels(rename, listing);
  check(listing.label.kind == LabelKind::uint8 && !listing.label_names.empty(), ExitCode::usage,
        "--class-names gives classes and flags their names, and the labels here have none");
  rename_flags(rename, listing);
}

}  // namespace lockstep
