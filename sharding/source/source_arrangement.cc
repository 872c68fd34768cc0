#include "sharding/source/source_arrangement.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "sharding/source/label_name.h"
#include "sharding/source/record_checks.h"

namespace lockstep {
namespace {

bool has_split(const SourceListing& listing, SourceSplit split) {
  return std::ranges::find(listing.records, split, &SourceRecord::split) != listing.records.end();
}

/// A split comes from one place: the source itself, a list, or a fraction.
void check_split_options(const SourceListing& listing, const ArrangementOptions& options) {
  const auto check_one = [&](SourceSplit split, const SplitList& list, double fraction) {
    const std::string_view name = name_of(split);
    check(list.file.empty() || fraction == 0, ExitCode::usage,
          "both --{0}-list and --{0}-fraction are given; leave one of them away", name);
    const bool given = !list.file.empty() || fraction != 0;
    const char* kind = fraction != 0 ? "fraction" : "list";
    check(!given || !has_split(listing, split), ExitCode::usage,
          "the source has its own split '{0}'; leave --{0}-{1} away", name, kind);
  };
  check_one(SourceSplit::valid, options.valid, options.fractions.valid);
  check_one(SourceSplit::test, options.test, options.fractions.test);
}

void assign_lists(SourceListing& listing, const ArrangementOptions& options) {
  if (options.valid.file.empty() && options.test.file.empty()) return;
  std::unordered_map<std::string_view, SourceRecord*> records;
  for (SourceRecord& record : listing.records) records.emplace(record.path, &record);
  std::unordered_map<std::string_view, const SourceFault*> faults;
  for (const SourceFault& fault : listing.faults) faults.emplace(fault.path, &fault);
  std::unordered_map<std::string_view, SourceSplit> given;
  const auto assign = [&](const SplitList& list, SourceSplit split) {
    for (const std::string& path : list.paths) {
      const auto [entry, is_new] = given.emplace(path, split);
      check(is_new || entry->second == split, ExitCode::usage, "'{}' is both in '{}' and in '{}'",
            path, options.valid.file, options.test.file);
      const auto found = records.find(path);
      // What is rejected is in the source, and is reported as that.
      check(found != records.end() || faults.contains(path), ExitCode::usage,
            "'{}' names '{}', which is not in the source; names are paths relative to it{}{}",
            list.file, path, path == list.missing && !list.hint.empty() ? "; " : "",
            path == list.missing ? list.hint : "");
      if (found != records.end()) found->second->split = split;
    }
  };
  assign(options.valid, SourceSplit::valid);
  assign(options.test, SourceSplit::test);
}

void choose_classes(SourceListing& listing, const std::vector<std::string>& classes) {
  if (classes.empty()) return;
  check(listing.label.kind == LabelKind::int64, ExitCode::usage,
        "--classes chooses classes, but the labels of this source are not classes");
  std::vector<bool> chosen(listing.labels.names().size());
  for (const std::string& given : classes) {
    const std::string name = clean_name(given);
    const std::uint32_t number = listing.labels.find(name);
    if (number == NameTable::kNone) {
      std::vector<std::string> known = listing.labels.names();
      std::ranges::sort(known);
      fail(ExitCode::usage,
           "--classes names '{}', which is not a class of the source; its classes are: {}", name,
           fmt::join(known, ", "));
    }
    chosen[number] = true;
  }
  std::erase_if(listing.records, [&](const SourceRecord& record) { return !chosen[record.label]; });
  // What is left are chosen classes, numbered from 0 again.
  listing.class_names = SourceListing::ClassNames::texts;
}

std::vector<std::string> numbers_below(std::size_t count) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(std::to_string(i));
  return result;
}

/// The number that a class of ClassNames::numbers is called by.
std::uint32_t parse_number(const std::string& text) {
  std::uint32_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// Makes class numbers of the labels, and gives the classes' names.
std::vector<std::string> number_classes(SourceListing& listing) {
  if (listing.label.kind != LabelKind::int64) return {};
  std::vector<std::uint32_t> to_class(listing.labels.names().size());
  std::vector<std::string> classes;
  std::vector<bool> used(to_class.size());
  for (const SourceRecord& record : listing.records) used[record.label] = true;
  if (listing.class_names == SourceListing::ClassNames::numbers) {
    std::size_t count = 0;
    for (std::uint32_t i = 0; i < to_class.size(); ++i) {
      if (!used[i]) continue;
      to_class[i] = parse_number(listing.labels[i]);
      count = std::max<std::size_t>(count, to_class[i] + 1);
    }
    classes = numbers_below(count);
  } else {
    for (std::uint32_t i = 0; i < to_class.size(); ++i) {
      if (used[i]) classes.push_back(listing.labels[i]);
    }
    std::ranges::sort(classes);
    for (std::uint32_t i = 0; i < to_class.size(); ++i) {
      to_class[i] = static_cast<std::uint32_t>(
          std::ranges::lower_bound(classes, listing.labels[i]) - classes.begin());
    }
  }
  for (SourceRecord& record : listing.records) record.label = to_class[record.label];
  return classes;
}

/// The names of labels become JSON, which is UTF-8.
void check_names(const std::vector<std::string>& names, std::string_view what, bool is_table) {
  for (const std::string& name : names) {
    check(is_utf8(name), ExitCode::data, "the name of the {} '{}' is not UTF-8; {}", what, name,
          is_table ? "save the table as UTF-8"
                   : "rename it; in an archive: unpack it so that names are UTF-8, and pack the "
                     "folder");
  }
}

/// Every class that occurs must have a training image.
void check_classes(const SourceArrangement& source) {
  if (source.classes.empty() || source.splits[0].name != kTrainSplit) return;
  std::vector<bool> trained(source.classes.size());
  for (const SourceRecord& record : source.splits[0].records) trained[record.label] = true;
  for (const SourceArrangement::Split& split : source.splits) {
    for (const SourceRecord& record : split.records) {
      check(trained[record.label], ExitCode::data,
            "'{}' in the split '{}' has the class '{}', which has no training image", record.path,
            split.name, source.classes[record.label]);
    }
  }
}

/// Names that differ by case alone are one class more often than two.
void note_names_alike(SourceArrangement& source) {
  std::map<std::string, const std::string*> seen;
  for (const std::string& name : source.classes) {
    const auto [other, is_new] = seen.emplace(without_case(name), &name);
    if (is_new) continue;
    source.notes.push_back(
        fmt::format("the classes '{}' and '{}' differ by case alone; they stay two classes",
                    *other->second, name));
  }
}

/// What the source or a list gave may divide a group, which fractions never do.
void check_groups(const SourceListing& listing) {
  if (!listing.has_groups) return;
  std::vector<const SourceRecord*> first(listing.groups.names().size(), nullptr);
  const auto split_of = [](const SourceRecord& record) {
    return record.split == SourceSplit::unset ? SourceSplit::train : record.split;
  };
  for (const SourceRecord& record : listing.records) {
    const SourceRecord*& seen = first[record.group];
    if (seen == nullptr) seen = &record;
    check(split_of(*seen) == split_of(record), ExitCode::data,
          "the group '{}' is in two splits, which the source or a list gives: '{}' in {}, '{}' in "
          "{}. Repair that, or leave the groups out",
          listing.groups[record.group], seen->path, name_of(split_of(*seen)), record.path,
          name_of(split_of(record)));
  }
}

void record_options(const ArrangementOptions& options, PackOptionsRecord& record) {
  const SplitFractions& fractions = options.fractions;
  record_fractions(fractions, record);
  if (!options.classes.empty()) {
    std::vector<std::string> once;
    for (const std::string& name : options.classes) {
      if (std::ranges::find(once, name) == once.end()) once.push_back(name);
    }
    record["classes"] = fmt::format("{}", fmt::join(once, ","));
  }
  if (options.limit > 0) record["limit"] = std::to_string(options.limit);
  if (fractions.valid != 0 || fractions.test != 0 || options.limit > 0) {
    record["seed"] = std::to_string(fractions.seed);
  }
}

/// Faults leave no class without a sample to train on, and no split without any.
void check_losses(const SourceListing& listing) {
  // Which of two contradicting rows is right is not known, so neither is the class that was lost.
  const auto counts = [](const SourceFault& fault) {
    return is_rejected(fault.kind) && fault.kind != FaultKind::conflicting_rows;
  };
  const auto is_training = [](SourceSplit split) {
    return split == SourceSplit::train || split == SourceSplit::unset;
  };
  std::set<std::string_view> classes;
  std::set<SourceSplit> splits;
  for (const SourceRecord& record : listing.records) {
    splits.insert(record.split);
    if (record.label != NameTable::kNone && is_training(record.split)) {
      classes.insert(listing.labels[record.label]);
    }
  }
  const auto refuse = [&](std::string_view what, const std::string& name, const SourceFault& first,
                          std::size_t count) {
    fail(ExitCode::data,
         "all {} samples of the {} '{}' are rejected (the first: '{}': {}); repair them, or take "
         "the {} out of the source",
         count, what, name, first.path, reason(first), what);
  };
  for (const SourceFault& fault : listing.faults) {
    if (!counts(fault)) continue;
    const SourceSplit split = parse_split(fault.split);
    if (split != SourceSplit::unset && !splits.contains(split)) {
      refuse("split", fault.split, fault,
             static_cast<std::size_t>(std::ranges::count_if(listing.faults, [&](const auto& other) {
               return counts(other) && other.split == fault.split;
             })));
    }
    const bool is_class = listing.label.kind == LabelKind::int64 && !fault.label.empty();
    if (is_class && is_training(split) && !classes.contains(fault.label)) {
      refuse("class", fault.label, fault,
             static_cast<std::size_t>(std::ranges::count_if(listing.faults, [&](const auto& other) {
               return counts(other) && other.label == fault.label;
             })));
    }
  }
}

SourceArrangement arrange_good_records(SourceListing& listing, const ArrangementOptions& options) {
  if (listing.records.empty() && !listing.faults.empty()) {
    const SourceFault& first = listing.faults.front();
    fail(ExitCode::data, "all {} samples of the source are rejected; the first: '{}': {}",
         listing.faults.size(), first.path, reason(first));
  }
  check_split_options(listing, options);
  assign_lists(listing, options);
  choose_classes(listing, options.classes);
  if (options.classes.empty()) check_losses(listing);
  if (options.limit > 0) limit_records(listing, options.limit, options.fractions.seed);
  assign_fractions(listing, options.fractions);
  check_groups(listing);
  check(!listing.records.empty(), ExitCode::data, "the source holds no image to pack");

  SourceArrangement result;
  result.label = listing.label;
  result.classes = number_classes(listing);
  result.label_names = std::move(listing.label_names);
  check_names(result.classes, "class", listing.is_table);
  check_names(result.label_names, "column", listing.is_table);
  constexpr std::array kSplits{SourceSplit::train, SourceSplit::valid, SourceSplit::test};
  for (const SourceSplit split : kSplits) {
    std::vector<SourceRecord> records;
    for (SourceRecord& record : listing.records) {
      const bool is_train = record.split == SourceSplit::unset;
      if ((is_train ? SourceSplit::train : record.split) == split) {
        records.push_back(std::move(record));
      }
    }
    if (!records.empty()) {
      result.splits.push_back({std::string(name_of(split)), std::move(records)});
    }
  }
  check_classes(result);
  if (!options.valid.file.empty() || !options.test.file.empty()) {
    check(result.splits[0].name == kTrainSplit, ExitCode::usage,
          "--valid-list and --test-list name every image, so none is left to train on");
  }
  result.faults = std::move(listing.faults);
  result.notes = std::move(listing.notes);
  result.options = std::move(listing.options);
  note_names_alike(result);
  record_options(options, result.options);
  return result;
}

}  // namespace

SourceArrangement arrange_source(SourceListing listing, const ArrangementOptions& options) {
  remove_faulty_records(listing);
  try {
    return arrange_good_records(listing, options);
  } catch (const Error& error) {
    if (listing.faults.empty()) throw;
    throw UnusableSource(error.code(), error.what(), std::move(listing.faults));
  }
}

}  // namespace lockstep
