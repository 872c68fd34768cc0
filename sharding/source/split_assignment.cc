#include "sharding/source/split_assignment.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/hash.h"
#include "core/random.h"

namespace lockstep {
namespace {

/// What a random key is for, so that a limit and a split choose independently.
enum class KeyUse : std::uint64_t { split = 0, limit = 1 };

std::uint64_t random_key(std::uint64_t seed, const std::string& name, KeyUse use) {
  return random_bits(seed, RandomPurpose::split, xxh3_64(std::as_bytes(std::span(name))),
                     static_cast<std::uint64_t>(use));
}

/// What goes to one split as a whole: a record, or a group of them.
struct Unit {
  std::uint64_t key = 0;
  const std::string* name = nullptr;
  std::vector<std::size_t> records;
  std::uint32_t label = NameTable::kNone;

  bool operator<(const Unit& other) const {
    return key != other.key ? key < other.key : *name < *other.name;
  }
};

bool is_training(const SourceRecord& record) {
  return record.split == SourceSplit::train || record.split == SourceSplit::unset;
}

/// The most frequent label of some records; of equals that which comes first in bytewise order.
/// kNone where labels are not classes: then all records are one stratum.
std::uint32_t majority(const SourceListing& listing, const std::vector<std::size_t>& records) {
  if (listing.label.kind != LabelKind::int64) return NameTable::kNone;
  std::map<std::uint32_t, std::size_t> counts;
  for (const std::size_t i : records) ++counts[listing.records[i].label];
  std::uint32_t best = counts.begin()->first;
  for (const auto& [label, count] : counts) {
    if (count > counts[best] ||
        (count == counts[best] && listing.labels[label] < listing.labels[best])) {
      best = label;
    }
  }
  return best;
}

std::vector<Unit> make_units(const SourceListing& listing, std::uint64_t seed) {
  std::vector<Unit> units(listing.has_groups ? listing.groups.names().size() : 0);
  for (std::size_t i = 0; i < listing.records.size(); ++i) {
    const SourceRecord& record = listing.records[i];
    if (!is_training(record)) continue;
    if (listing.has_groups) {
      units[record.group].name = &listing.groups[record.group];
      units[record.group].records.push_back(i);
    } else {
      units.push_back({.name = &record.path, .records = {i}, .label = record.label});
    }
  }
  std::erase_if(units, [](const Unit& unit) { return unit.records.empty(); });
  for (Unit& unit : units) {
    unit.key = random_key(seed, *unit.name, KeyUse::split);
    if (listing.has_groups) unit.label = majority(listing, unit.records);
  }
  return units;
}

/// Takes units from the front of `units`, as long as that brings the number of records nearer to
/// `wanted` and one unit stays; gives how many records were taken.
std::size_t take(SourceListing& listing, std::span<Unit>& units, long long wanted,
                 SourceSplit split) {
  long long taken = 0;
  while (units.size() > 1) {
    const auto size = static_cast<long long>(units[0].records.size());
    if (2 * (wanted - taken) < size) break;
    for (const std::size_t i : units[0].records) listing.records[i].split = split;
    taken += size;
    units = units.subspan(1);
  }
  return static_cast<std::size_t>(taken);
}

void check_fraction(double fraction, const char* option) {
  check(fraction >= 0 && fraction < 1, ExitCode::usage,
        "{} is {}; it must be at least 0 and less than 1", option, fraction);
}

}  // namespace

void check_fractions(const SplitFractions& fractions) {
  check_fraction(fractions.valid, "--valid-fraction");
  check_fraction(fractions.test, "--test-fraction");
  check(fractions.valid + fractions.test < 1, ExitCode::usage,
        "--valid-fraction {} and --test-fraction {} leave nothing to train on", fractions.valid,
        fractions.test);
}

void record_fractions(const SplitFractions& fractions, PackOptionsRecord& record) {
  if (fractions.valid != 0) record["valid_fraction"] = fmt::format("{}", fractions.valid);
  if (fractions.test != 0) record["test_fraction"] = fmt::format("{}", fractions.test);
}

void assign_fractions(SourceListing& listing, const SplitFractions& fractions) {
  check_fractions(fractions);
  if (fractions.valid == 0 && fractions.test == 0) return;

  std::vector<Unit> units = make_units(listing, fractions.seed);
  std::ranges::sort(units, [](const Unit& a, const Unit& b) {
    return a.label != b.label ? a.label < b.label : a < b;
  });
  check(!units.empty(), ExitCode::usage,
        "a fraction is taken of what is to train on, but all images are in other splits already");
  std::size_t total = 0, valid = 0, test = 0, largest_stratum = 0;
  for (std::span<Unit> rest(units); !rest.empty();) {
    const auto end =
        std::ranges::find_if(rest, [&](const Unit& unit) { return unit.label != rest[0].label; });
    std::span<Unit> stratum(rest.begin(), end);
    rest = rest.subspan(stratum.size());
    largest_stratum = std::max(largest_stratum, stratum.size());
    std::size_t records = 0;
    for (const Unit& unit : stratum) records += unit.records.size();
    const auto share = [&](double part) {
      return std::llround(part * static_cast<double>(records));
    };
    valid += take(listing, stratum, share(fractions.valid), SourceSplit::valid);
    test += take(listing, stratum, share(fractions.test), SourceSplit::test);
    total += records;
  }
  // One unit of each class always stays in train.
  const bool is_divisible = largest_stratum > 1;
  const char* unit = listing.has_groups ? "group, and a group is never divided" : "image";
  const auto check_split = [&](double fraction, std::size_t count, const char* option) {
    check(fraction == 0 || count > 0 || is_divisible, ExitCode::usage,
          "{} {} leaves that split empty: each class has one {}", option, fraction, unit);
    check(fraction == 0 || count > 0, ExitCode::usage,
          "{} {} of {} images leaves that split empty; raise it", option, fraction, total);
  };
  check_split(fractions.valid, valid, "--valid-fraction");
  check_split(fractions.test, test, "--test-fraction");
}

void limit_records(SourceListing& listing, std::uint64_t limit, std::uint64_t seed) {
  struct Candidate {
    std::uint64_t key;
    std::size_t record;
  };
  std::map<SourceSplit, std::map<std::uint32_t, std::vector<Candidate>>> splits;
  for (std::size_t i = 0; i < listing.records.size(); ++i) {
    const SourceRecord& record = listing.records[i];
    splits[record.split][record.label].push_back({random_key(seed, record.path, KeyUse::limit), i});
  }
  std::vector<bool> kept(listing.records.size());
  for (auto& [split, classes] : splits) {
    std::uint64_t total = 0;
    for (const auto& [label, candidates] : classes) total += candidates.size();
    // Shares rounded cumulatively, so that they add up to the limit.
    std::uint64_t before = 0;
    const auto share_to = [&](std::uint64_t count) {
      const double part = static_cast<double>(count) / static_cast<double>(total);
      return static_cast<std::uint64_t>(
          std::llround(part * static_cast<double>(std::min(limit, total))));
    };
    for (auto& [label, candidates] : classes) {
      const std::uint64_t share = share_to(before + candidates.size()) - share_to(before);
      before += candidates.size();
      std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
        return a.key != b.key ? a.key < b.key : a.record < b.record;
      });
      for (const Candidate& candidate : std::span(candidates).first(share)) {
        kept[candidate.record] = true;
      }
    }
  }
  std::size_t next = 0;
  std::erase_if(listing.records, [&](const SourceRecord&) { return !kept[next++]; });
}

}  // namespace lockstep
