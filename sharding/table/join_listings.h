#pragma once

#include "sharding/source/source_listing.h"

namespace lockstep {

/// Makes all of `listing` the split `split`. Throws Error(usage) where it has splits of its own.
void set_split(SourceListing& listing, SourceSplit split);

/// Adds what `more` lists, of the same kind, to `listing`: its classes, groups and flags go by
/// their names. Throws Error(usage) where their columns of numbers are not the same.
void join_listings(SourceListing& listing, SourceListing more);

}  // namespace lockstep
