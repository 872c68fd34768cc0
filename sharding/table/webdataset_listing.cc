#include "sharding/table/webdataset_listing.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/json_parse.h"
#include "sharding/source/image_name.h"
#include "sharding/source/label_name.h"
#include "sharding/table/label_cells.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kMaxLabelBytes = 1 << 20;
/// A class for every number up to a larger one would be absurd.
constexpr std::uint32_t kMostNumberedClasses = 1 << 16;

/// "a/b" of "a/b.seg.png": all before the first dot of the name.
std::string_view key_of(std::string_view path) {
  const std::size_t name = path.rfind('/') + 1;  // 0 where there is none
  return path.substr(0, path.find('.', name));
}

/// True for "a/b.jpg", and not for "a/b.seg.png".
bool is_image(const std::string& path) {
  return format_by_name(path) && std::string_view(path).substr(key_of(path).size()) ==
                                     std::filesystem::path(path).extension().string();
}

/// The split that a shard's name has a word of: `imagenet-train-000123`.
SourceSplit split_by_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  while (!name.empty()) {
    const std::size_t length =
        static_cast<std::size_t>(std::ranges::find_if_not(name, is_letter) - name.begin());
    const SourceSplit split = parse_split(name.substr(0, length));
    if (length > 0 && split != SourceSplit::unset) return split;
    name.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return SourceSplit::unset;
}

std::optional<std::uint32_t> parse_class_number(const std::string& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  // A name that is not how the number is written is a name.
  if (number >= kMostNumberedClasses || std::to_string(number) != text) return std::nullopt;
  return number;
}

std::string text_of(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

class WebdatasetLister {
 public:
  WebdatasetLister(const SourceOptions& options, const FileTree& tree)
      : options_(options),
        tree_(tree),
        columns_(options.label_columns.empty() ? std::vector<std::string>{"cls"}
                                               : options.label_columns),
        cells_(options, columns_,
               options.task == LabelTask::multilabel && columns_.size() == 1
                   ? LabelCells::Flags::names
                   : LabelCells::Flags::values) {}

  SourceListing list() {
    listing_.label = cells_.type();
    list_images();
    if (!options_.unlabelled) read_labels();
    std::erase_if(listing_.records,
                  [&](const SourceRecord& record) { return faulty_.contains(record.row); });
    cells_.finish(listing_);
    number_classes();
    listing_.options["source"] = "webdataset";
    if (!options_.label_columns.empty()) {
      listing_.options["label_columns"] = fmt::format("{}", fmt::join(columns_, ","));
    }
    return std::move(listing_);
  }

 private:
  void list_images() {
    std::vector<std::string> paths = tree_.files(std::numeric_limits<std::size_t>::max());
    std::ranges::sort(paths);
    for (std::string& path : paths) {
      if (!is_image(path)) continue;
      const std::size_t slash = path.find('/');
      const SourceSplit split = slash == std::string::npos
                                    ? SourceSplit::unset
                                    : split_by_name(std::string_view(path).substr(0, slash));
      const bool is_test = options_.unlabelled && split == SourceSplit::unset;
      listing_.records.push_back({.path = std::move(path),
                                  .row = listing_.records.size(),
                                  .split = is_test ? SourceSplit::test : split,
                                  .targets = {}});
    }
  }

  void read_labels() {
    const char* ending = options_.label_columns.empty() ? ".cls" : ".json";
    std::unordered_map<std::string, std::size_t> records;
    std::vector<std::string> paths;
    for (std::size_t i = 0; i < listing_.records.size(); ++i) {
      std::string path = fmt::format("{}{}", key_of(listing_.records[i].path), ending);
      if (!tree_.is_file(path)) continue;  // without a label
      check(records.emplace(path, i).second, ExitCode::data,
            "'{}' is the label of two images, '{}' and another", path, listing_.records[i].path);
      paths.push_back(std::move(path));
    }
    std::vector<std::string> contents(listing_.records.size());
    tree_.read(paths, kMaxLabelBytes, [&](const std::string& path, const std::string& content) {
      contents[records.at(path)] = content;
    });
    // In the order of the records, so that what is found does not depend on the order of files.
    for (std::size_t i = 0; i < contents.size(); ++i) {
      set_label(listing_.records[i], contents[i]);
    }
  }

  void set_label(SourceRecord& record, const std::string& content) {
    if (content.empty()) return add_fault(FaultKind::no_label, record, "");
    if (options_.label_columns.empty()) return set_cells(record, {std::string(trimmed(content))});
    nlohmann::json fields;
    try {
      fields = parse_json<nlohmann::json>(content, ExitCode::data);
    } catch (const Error& error) {
      return add_fault(FaultKind::no_label, record, error.what());
    }
    std::vector<std::string> texts;
    for (const std::string& column : columns_) {
      if (!fields.is_object() || !fields.contains(column)) {
        return add_fault(FaultKind::no_label, record, fmt::format("no field '{}'", column));
      }
      const nlohmann::json& value = fields[column];
      if (value.is_array() && options_.task == LabelTask::multilabel && columns_.size() == 1) {
        for (const auto& name : value) cells_.add_name(clean_name(text_of(name)), record);
        return;
      }
      texts.push_back(text_of(value));
    }
    set_cells(record, texts);
  }

  void set_cells(SourceRecord& record, const std::vector<std::string>& texts) {
    std::vector<const std::string*> cells;
    for (const std::string& text : texts) cells.push_back(&text);
    if (const auto problem = cells_.read(cells, record, listing_)) {
      add_fault(problem->kind, record, problem->detail);
    }
  }

  void add_fault(FaultKind kind, const SourceRecord& record, std::string detail) {
    listing_.faults.push_back(listing_.fault(kind, record, std::move(detail)));
    faulty_.insert(record.row);
  }

  void number_classes() {
    const std::vector<std::string>& names = listing_.labels.names();
    const bool are_numbers = !names.empty() && std::ranges::all_of(names, [](const auto& name) {
      return parse_class_number(name).has_value();
    });
    if (are_numbers) listing_.class_names = SourceListing::ClassNames::numbers;
  }

  const SourceOptions& options_;
  const FileTree& tree_;
  std::vector<std::string> columns_;
  LabelCells cells_;
  SourceListing listing_;
  std::set<std::uint64_t> faulty_;  ///< rows
};

}  // namespace

bool has_webdataset(const FileTree& tree) {
  std::string folder;
  std::vector<FolderEntry> entries = tree.list(folder);
  const auto is_folder = [](const FolderEntry& entry) {
    return entry.type == std::filesystem::file_type::directory;
  };
  while (!entries.empty() && std::ranges::all_of(entries, is_folder)) {
    folder = join_path(folder, entries[0].name);
    entries = tree.list(folder);
  }
  const auto image = std::ranges::find_if(
      entries, [&](const FolderEntry& entry) { return !is_folder(entry) && is_image(entry.name); });
  if (image == entries.end()) return false;
  const std::string key = join_path(folder, std::string(key_of(image->name)));
  return tree.is_file(key + ".cls") || tree.is_file(key + ".json");
}

SourceListing list_webdataset(const SourceOptions& options, const FileTree& tree) {
  return WebdatasetLister(options, tree).list();
}

}  // namespace lockstep
