#include "sharding/fixes/label_fixes.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/suggest.h"
#include "sharding/source/label_name.h"
#include "sharding/table/delimited_text.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kToldPaths = 5;

struct LabelFix {
  std::string label;
  std::string given;  ///< empty: not told
  std::uint64_t line = 0;
  bool was_found = false;
};
using Fixes = std::map<std::string, LabelFix, std::less<>>;

std::optional<std::size_t> find_column(const std::vector<std::string>& header,
                                       std::string_view name) {
  const auto found = std::ranges::find_if(
      header, [&](const std::string& column) { return without_case(clean_name(column)) == name; });
  if (found == header.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.begin());
}

Fixes read_fixes(const fs::path& file) {
  const std::string text = read_file(file, ExitCode::usage);
  DelimitedText rows(text, find_separator(text, file));
  std::vector<std::string> header, fields;
  const bool has_header = rows.next(header);
  const auto path = find_column(header, "path"), label = find_column(header, "label");
  const auto given = find_column(header, "given");
  check(has_header && path && label, ExitCode::usage,
        "it needs the columns path and label, and has: {}", fmt::join(header, ", "));
  Fixes fixes;
  while (rows.next(fields)) {
    check(fields.size() == header.size(), ExitCode::usage, "line {} has {} fields, the header {}",
          rows.line(), fields.size(), header.size());
    LabelFix fix{.label = clean_name(fields[*label]),
                 .given = given ? clean_name(fields[*given]) : std::string(),
                 .line = rows.line()};
    const auto [entry, is_new] = fixes.emplace(fields[*path], fix);
    check(is_new || entry->second.label == fix.label, ExitCode::usage,
          "lines {} and {} have two labels for '{}'", entry->second.line, fix.line, fields[*path]);
  }
  return fixes;
}

/// "3 of the paths are not in the source: 'a.jpg', 'b.jpg', …"; nothing where there is none.
void note_paths(const std::vector<std::string>& paths, std::string_view what,
                SourceListing& listing) {
  if (paths.empty()) return;
  const auto told = std::span(paths).first(std::min(paths.size(), kToldPaths));
  listing.notes.push_back(fmt::format("--fix: {} {}: {}{}", paths.size(), what,
                                      fmt::join(told, ", "),
                                      paths.size() > told.size() ? ", …" : ""));
}

void apply(Fixes& fixes, SourceListing& listing) {
  check(listing.label.kind == LabelKind::int64, ExitCode::usage,
        "it corrects classes, and the labels of this source are none");
  Hasher applied;
  std::size_t count = 0, already = 0;
  std::vector<std::string> others;
  for (SourceRecord& record : listing.records) {
    const auto entry = fixes.find(record.path);
    if (entry == fixes.end() || record.label == NameTable::kNone) continue;
    LabelFix& fix = entry->second;
    fix.was_found = true;
    const std::uint32_t label = listing.labels.find(fix.label);
    check(label != NameTable::kNone, ExitCode::usage, "line {}: '{}' is no class of the source{}",
          fix.line, fix.label, did_you_mean(fix.label, listing.labels.names()));
    if (label == record.label) {
      ++already;
      continue;
    }
    if (!fix.given.empty() && listing.labels[record.label] != fix.given) {
      others.push_back(record.path);
      continue;
    }
    record.label = label;
    applied.update(record.path + '\0' + fix.label + '\0');
    ++count;
  }
  std::vector<std::string> missing;
  for (const auto& [path, fix] : fixes) {
    if (!fix.was_found) missing.push_back(path);
  }
  listing.notes.push_back(
      fmt::format("--fix: {} label{} corrected, {} {} so already, and {} {} not found", count,
                  count == 1 ? " is" : "s are", already, already == 1 ? "is" : "are",
                  missing.size(), missing.size() == 1 ? "is" : "are"));
  note_paths(missing, "of its paths are not in the source", listing);
  note_paths(others, "of its paths have another label by now than it says, and stay", listing);
  if (count > 0) listing.options["fix"] = applied.hex();
}

}  // namespace

void apply_label_fixes(const fs::path& file, SourceListing& listing) {
  try {
    Fixes fixes = read_fixes(file);
    apply(fixes, listing);
  } catch (const Error& error) {
    const std::string_view message = error.what();
    if (message.find(file.string()) != std::string_view::npos) throw;
    fail(ExitCode::usage, "--fix '{}': {}", file, message);
  }
}

}  // namespace lockstep
