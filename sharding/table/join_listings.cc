#include "sharding/table/join_listings.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/error.h"

namespace lockstep {
namespace {

std::vector<std::uint32_t> join_names(NameTable& names, const NameTable& more) {
  std::vector<std::uint32_t> numbers;
  for (const std::string& name : more.names()) numbers.push_back(names.add(name));
  return numbers;
}

void renumber(std::uint32_t& number, const std::vector<std::uint32_t>& numbers) {
  if (number != NameTable::kNone) number = numbers[number];
}

/// The flags of `listing` become those of `names`, which are sorted and hold its own.
void set_flags(SourceListing& listing, const std::vector<std::string>& names) {
  for (SourceRecord& record : listing.records) {
    std::vector<float> flags(names.size(), 0.0f);
    for (std::size_t i = 0; i < record.targets.size(); ++i) {
      const auto place = std::ranges::lower_bound(names, listing.label_names[i]) - names.begin();
      flags[static_cast<std::size_t>(place)] = record.targets[i];
    }
    record.targets = std::move(flags);
  }
  listing.label_names = names;
  listing.label.width = static_cast<std::uint32_t>(names.size());
}

void join_targets(SourceListing& listing, SourceListing& more) {
  if (listing.label_names == more.label_names) return;
  check(listing.label.kind == LabelKind::uint8, ExitCode::usage,
        "the tables have other columns of numbers than each other");
  std::vector<std::string> names = listing.label_names;
  std::ranges::copy(more.label_names, std::back_inserter(names));
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  set_flags(listing, names);
  set_flags(more, names);
}

}  // namespace

void set_split(SourceListing& listing, SourceSplit split) {
  for (SourceRecord& record : listing.records) {
    check(record.split == SourceSplit::unset || record.split == split, ExitCode::usage,
          "a table that is all of the split '{}' has rows of the split '{}'", name_of(split),
          name_of(record.split));
    record.split = split;
  }
  for (SourceFault& fault : listing.faults) fault.split = name_of(split);
}

void join_listings(SourceListing& listing, SourceListing more) {
  const std::vector<std::uint32_t> labels = join_names(listing.labels, more.labels);
  const std::vector<std::uint32_t> groups = join_names(listing.groups, more.groups);
  check(listing.has_groups == more.has_groups, ExitCode::usage,
        "one of the tables has groups, and the other has none");
  join_targets(listing, more);
  for (SourceRecord& record : more.records) {
    renumber(record.label, labels);
    renumber(record.group, groups);
  }
  std::ranges::move(more.records, std::back_inserter(listing.records));
  std::ranges::move(more.faults, std::back_inserter(listing.faults));
  std::ranges::move(more.notes, std::back_inserter(listing.notes));
}

}  // namespace lockstep
