#pragma once

#include <cstdint>

#include "sharding/source/source_listing.h"

namespace lockstep {

/// The share of the images that go to validation and to test, of each class, rounded.
struct SplitFractions {
  double valid = 0;
  double test = 0;
  std::uint64_t seed = 1;
};

/// Throws Error(usage) where they are no fractions, or leave nothing to train on.
void check_fractions(const SplitFractions& fractions);

/// Adds those that are given to `record`, without the seed.
void record_fractions(const SplitFractions& fractions, PackOptionsRecord& record);

/// Moves that share of the training records (`train`, or `unset`) to the other splits; what stays
/// is `train` or `unset` as before.
///
/// Without groups the choice is stratified: in each class the records with the smallest random keys
/// go to `valid`, those with the next smallest to `test`, and at least one stays. A record's key
/// depends on the seed and on its path alone, so that one that is added later moves few others.
///
/// With groups (SourceListing::has_groups) a whole group moves. It counts to the class that most of
/// its records are of, has a key by its name, and is taken while that brings the class nearer to
/// its share; at least one group of each class stays.
///
/// Pure. Throws Error(usage) where the fractions are impossible, or one leaves its split empty.
void assign_fractions(SourceListing& listing, const SplitFractions& fractions);

/// Keeps `limit` records of each split, of each class its share, and drops the others: those with
/// the smallest keys, of another kind than the splits', are kept. The records keep their order.
void limit_records(SourceListing& listing, std::uint64_t limit, std::uint64_t seed);

}  // namespace lockstep
