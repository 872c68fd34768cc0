#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sharding/source/source_listing.h"
#include "sharding/source/split_assignment.h"

namespace lockstep {

/// The names in a --valid-list or --test-list.
struct SplitList {
  std::string file;  ///< for messages; empty: the option was not given
  std::vector<std::string> paths = {};
  std::string missing = {};  ///< the first path of which there is no file, and
  std::string hint = {};     ///< what it may mean
};

struct ArrangementOptions {
  SplitFractions fractions;
  SplitList valid;
  SplitList test;
  std::vector<std::string> classes;  ///< these alone; empty: all
  std::uint64_t limit = 0;           ///< records of each split; 0: all
};

/// A source's records in their splits.
struct SourceArrangement {
  struct Split {
    std::string name;
    std::vector<SourceRecord> records;  ///< their `label` is the class
  };

  LabelType label;
  std::vector<std::string> classes;      ///< empty unless labels are classes
  std::vector<std::string> label_names;  ///< of targets or flags, where they are known
  std::vector<Split> splits;             ///< train, valid, test: those that hold something
  std::vector<SourceFault> faults;
  std::vector<std::string> notes;
  PackOptionsRecord options;
};

/// What every source goes through between its listing and its pack: faulty records out, splits by
/// list, chosen classes, limit, splits by fraction, numbers of the classes. Pure. Throws
/// Error(usage) where the options do not fit the source, Error(data) where nothing is left, or a
/// class has no training image: an UnusableSource where there are faults.
SourceArrangement arrange_source(SourceListing listing, const ArrangementOptions& options);

}  // namespace lockstep
