#include "sharding/files/path_list.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "sharding/source/label_name.h"
#include "sharding/table/delimited_text.h"
#include "sharding/table/path_finder.h"
#include "sharding/table/table_columns.h"
#include "sharding/tree/disk_tree.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 30;

/// The file that a cell means, by the first of `finders` that has one.
fs::path find_file(std::string_view cell, const std::deque<PathFinder>& finders) {
  for (const PathFinder& finder : finders) {
    const PathFinder::Found found = finder.find(cell);
    if (found.state == PathFinder::State::file) return found.path;
  }
  return finders.front().find(cell).path;
}

std::vector<ListedFile> read_rows(const fs::path& table, const PathListOptions& options) {
  const std::string text = read_file(table, ExitCode::data, kMaxBytes);
  DelimitedText rows(text, find_separator(text, table));
  std::vector<std::string> header, fields;
  check(rows.next(header), ExitCode::data, "it is empty; its first row names the columns");
  for (std::string& name : header) name = clean_name(name);
  SourceOptions columns;
  columns.unlabelled = true;
  columns.path_column = options.path_column;
  const std::size_t column = find_columns(header, columns).path;

  const fs::path root = table.parent_path();
  const DiskTree tree(root);
  std::deque<PathFinder> finders;
  const auto add_finder = [&](std::string_view suffix) {
    finders.emplace_back(
        tree, PathFinderOptions{
                  .prefix = options.prefix, .suffix = std::string(suffix), .allow_outside = true});
  };
  add_finder(options.suffix);
  for (const std::string_view suffix : kKnownSuffixes) {
    if (options.suffix.empty()) add_finder(suffix);
  }
  std::vector<ListedFile> files;
  while (rows.next(fields)) {
    std::string cell = column < fields.size() ? std::move(fields[column]) : std::string();
    fs::path path = root / find_file(cell, finders);
    files.push_back({std::move(cell), std::move(path)});
  }
  check(!files.empty(), ExitCode::data, "it has a header and no rows");
  return files;
}

std::string read_all_of_stdin() {
  std::string text;
  char piece[1 << 16];
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    check(got >= 0, ExitCode::data, "standard input cannot be read");
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
  }
}

}  // namespace

std::vector<ListedFile> read_path_table(const fs::path& table, const PathListOptions& options) {
  try {
    return read_rows(table, options);
  } catch (const UnreadableFile&) {
    throw;
  } catch (const Error& error) {
    const std::string_view message = error.what();
    if (message.find(table.string()) != std::string_view::npos) throw;
    fail(error.code(), "the table '{}': {}", table, message);
  }
}

std::vector<ListedFile> read_path_lines(const PathListOptions& options) {
  const std::string text = options.standard_input.empty()
                               ? read_all_of_stdin()
                               : read_file(options.standard_input, ExitCode::data, kMaxBytes);
  std::vector<ListedFile> files;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    std::erase(line, '\0');
    if (!line.empty()) files.push_back({line, line});
    begin = end + 1;
  }
  check(!files.empty(), ExitCode::usage,
        "`-` reads a path a line from standard input, and nothing came");
  return files;
}

}  // namespace lockstep
