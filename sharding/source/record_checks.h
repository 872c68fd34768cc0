#pragma once

#include "sharding/source/source_listing.h"

namespace lockstep {

/// Takes out of `listing` the records that cannot be trusted, and adds their faults: without a
/// label or a group where one is needed; the second and later of equal records; and all records of
/// a path that has two labels, splits or groups, since nobody knows which is right.
void remove_faulty_records(SourceListing& listing);

}  // namespace lockstep
