#include "sharding/source/listed_source.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace lockstep {

ListedSource::ListedSource(SourceArrangement arrangement, std::unique_ptr<RecordReader> reader)
    : arrangement_(std::move(arrangement)), reader_(std::move(reader)) {
  for (const SourceArrangement::Split& split : arrangement_.splits) {
    splits_.push_back({split.name, split.records.size()});
    reader_->expect(split.records);
  }
}

std::unique_ptr<SourcePass> ListedSource::open(const Split& split) const {
  const auto found =
      std::ranges::find(arrangement_.splits, split.name, &SourceArrangement::Split::name);
  assert(found != arrangement_.splits.end());
  return reader_->open(found->records);
}

}  // namespace lockstep
