#include "sharding/source/record_reader.h"

namespace lockstep {

void begin_sample(const SourceRecord& record, SourceSample& sample) {
  sample.source = record.path;
  sample.label = record.label == NameTable::kNone ? -1 : std::int64_t{record.label};
  sample.targets = record.targets;
  sample.record = {};
}

void check_image_size(std::uint64_t bytes) {
  if (bytes == 0) throw BadSample(FaultKind::empty_file, "");
  if (bytes > kMaxImageFileBytes) {
    throw BadSample(FaultKind::too_large,
                    fmt::format("{} bytes; a file may have {}", bytes, kMaxImageFileBytes));
  }
}

}  // namespace lockstep
