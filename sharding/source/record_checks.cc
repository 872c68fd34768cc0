#include "sharding/source/record_checks.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "core/hash.h"

namespace lockstep {
namespace {

std::optional<FaultKind> find_lack(const SourceListing& listing, const SourceRecord& record) {
  if (listing.label.kind == LabelKind::int64 && record.label == NameTable::kNone) {
    return FaultKind::no_label;
  }
  if (listing.has_groups && record.group == NameTable::kNone) return FaultKind::no_group;
  return std::nullopt;
}

/// In what two records of one path contradict each other; nullptr where they say the same.
const char* find_conflict(const SourceRecord& a, const SourceRecord& b) {
  if (a.label != b.label || a.targets != b.targets) return "labels";
  if (a.split != b.split) return "splits";
  if (a.group != b.group) return "groups";
  return nullptr;
}

/// What is wrong with the records of one path, which come in their order.
class PathCheck {
 public:
  PathCheck(SourceListing& listing, std::vector<bool>& faulty)
      : listing_(listing), faulty_(faulty) {}

  void operator()(std::span<const std::size_t> same_path) {
    const SourceRecord& first = listing_.records[same_path[0]];
    const char* conflict = nullptr;
    for (const std::size_t i : same_path.subspan(1)) {
      if (conflict == nullptr) conflict = find_conflict(first, listing_.records[i]);
    }
    for (const std::size_t i : same_path) {
      if (conflict != nullptr) {
        add(FaultKind::conflicting_rows, i, fmt::format("the path has two {}", conflict));
      } else if (i != same_path[0]) {
        add(FaultKind::duplicate_row, i, fmt::format("as line {}", first.row));
      }
    }
  }

 private:
  void add(FaultKind kind, std::size_t i, std::string detail) {
    const SourceRecord& record = listing_.records[i];
    listing_.faults.push_back(
        listing_.fault(kind, record, fmt::format("line {}: {}", record.row, detail)));
    faulty_[i] = true;
  }

  SourceListing& listing_;
  std::vector<bool>& faulty_;
};

/// Calls `visit` with the numbers of the records of each path that occurs more than once.
template <typename Visit>
void visit_repeated_paths(const std::vector<SourceRecord>& records, Visit visit) {
  // By hash first: strings are compared only where it is the same.
  std::vector<std::pair<std::uint64_t, std::size_t>> order;
  order.reserve(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    order.emplace_back(xxh3_64(std::as_bytes(std::span(records[i].path))), i);
  }
  std::ranges::sort(order, [&](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    const int compared = records[a.second].path.compare(records[b.second].path);
    return compared != 0 ? compared < 0 : a.second < b.second;
  });
  std::vector<std::size_t> same;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!same.empty() && records[same[0]].path != records[order[i].second].path) same.clear();
    same.push_back(order[i].second);
    const bool last = i + 1 == order.size() || order[i + 1].first != order[i].first ||
                      records[order[i + 1].second].path != records[same[0]].path;
    if (last && same.size() > 1) visit(std::span<const std::size_t>(same));
  }
}

}  // namespace

void remove_faulty_records(SourceListing& listing) {
  std::vector<bool> faulty(listing.records.size());
  visit_repeated_paths(listing.records, PathCheck(listing, faulty));
  std::size_t kept = 0;
  for (std::size_t i = 0; i < listing.records.size(); ++i) {
    SourceRecord& record = listing.records[i];
    if (faulty[i]) continue;
    if (const auto lack = find_lack(listing, record)) {
      listing.faults.push_back(listing.fault(
          *lack, record, listing.is_table ? fmt::format("line {}", record.row) : std::string()));
      continue;
    }
    if (kept != i) listing.records[kept] = std::move(record);
    ++kept;
  }
  listing.records.resize(kept);
}

}  // namespace lockstep
