#include "launcher/use/sample_columns.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/file.h"
#include "sharding/read/hdf5_shard_reader.h"
#include "sharding/table/delimited_text.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxTableBytes = std::uint64_t{1} << 30;

/// Groups by powers of two of the shorter side.
SampleColumn size_column(const SplitSamples& samples) {
  SampleColumn column{"size", {}, {}};
  for (std::size_t i = 0; i < samples.numbers.size(); ++i) {
    const std::uint32_t side = std::min(samples.heights[i], samples.widths[i]);
    column.of_sample.push_back(static_cast<std::size_t>(std::bit_width(side)));
  }
  constexpr int kMostBits = 32;
  for (int bits = 0; bits <= kMostBits; ++bits) {
    const std::uint64_t low = bits == 0 ? 0 : std::uint64_t{1} << (bits - 1);
    column.groups.push_back(fmt::format("{} to {}", low, (std::uint64_t{1} << bits) - 1));
  }
  return column;
}

std::string folder_of(const std::string& source) {
  const std::size_t end = source.find_last_of('/');
  return end == std::string::npos ? "." : source.substr(0, end);
}

/// The column `name` of the table by the sources of its rows, which its column `path`, or else its
/// first one, says.
std::map<std::string, std::string> read_column(const fs::path& table, const std::string& name) {
  const std::string text = read_file(table, ExitCode::usage, kMaxTableBytes);
  DelimitedText rows(text, find_separator(text, table));
  std::vector<std::string> header, fields;
  check(rows.next(header), ExitCode::usage,
        "--columns '{}' is empty; its first row names the columns", table);
  const auto wanted = std::ranges::find(header, name);
  check(wanted != header.end(), ExitCode::usage,
        "--by {}: the table '{}' has no such column; it has: {}", name, table,
        fmt::join(header, ", "));
  const auto paths = std::ranges::find(header, "path");
  const auto value = static_cast<std::size_t>(wanted - header.begin());
  const auto path = static_cast<std::size_t>(paths == header.end() ? 0 : paths - header.begin());
  std::map<std::string, std::string> values;
  while (rows.next(fields)) {
    check(fields.size() == header.size(), ExitCode::usage,
          "--columns '{}', line {}: it has {} fields, and the header {}", table, rows.line(),
          fields.size(), header.size());
    values[fields[path]] = fields[value];
  }
  return values;
}

SampleColumn table_column(const std::string& name, const fs::path& table,
                          const SplitSamples& samples) {
  const std::map<std::string, std::string> known = read_column(table, name);
  std::vector<std::string> values;
  for (const std::string& source : samples.sources) {
    const auto found = known.find(source);
    check(found != known.end(), ExitCode::usage,
          "--columns '{}' has no row for '{}': it needs one for each image, known by what the pack "
          "calls its source",
          table, source);
    values.push_back(found->second);
  }
  return make_column(name, values);
}

}  // namespace

SplitSamples read_split_samples(const Pack& pack, const std::string& split,
                                const std::vector<std::string>& classes) {
  std::vector<std::int64_t> chosen;
  for (const std::string& name : classes) {
    chosen.push_back(std::ranges::find(pack.classes(), name) - pack.classes().begin());
  }
  const std::vector<std::string> sources =
      read_sources(pack.directory(), *pack.manifest().find(split));
  SplitSamples samples;
  pack.split(split)->visit_index([&](std::uint64_t id, const Sample& sample) {
    if (!classes.empty() && std::ranges::find(chosen, sample.label) == chosen.end()) return;
    samples.numbers.push_back(id);
    samples.sources.push_back(sources[id]);
    samples.heights.push_back(sample.record.height);
    samples.widths.push_back(sample.record.width);
  });
  return samples;
}

std::vector<std::int64_t> class_labels(const Dataset& dataset) {
  std::vector<std::int64_t> labels;
  if (dataset.label_type().kind != LabelKind::int64) return labels;
  dataset.visit_labels(
      [&](std::uint64_t, const SampleLabel& label) { labels.push_back(label.number); });
  return labels;
}

SampleColumn sample_column(const std::string& name, const fs::path& columns,
                           const SplitSamples& samples, const TaskSpec& task,
                           std::span<const std::int64_t> labels) {
  if (!columns.empty()) return table_column(name, columns, samples);
  if (name == "class") {
    check(task.kind == TaskKind::classification, ExitCode::usage,
          "--by class is for images of one class each, and this is {}", name_of(task.kind));
    SampleColumn column{name, task.names, {}};
    for (const std::int64_t label : labels) {
      column.of_sample.push_back(static_cast<std::size_t>(label));
    }
    return column;
  }
  if (name == "size") return size_column(samples);
  check(name == "folder", ExitCode::usage,
        "--by {} is none of class, size and folder; a column of a table needs the table, with "
        "--columns FILE.csv",
        name);
  std::vector<std::string> folders;
  for (const std::string& source : samples.sources) folders.push_back(folder_of(source));
  return make_column(name, folders);
}

}  // namespace lockstep
