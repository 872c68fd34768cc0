#include "sharding/read/sample_image.h"

#include "core/error.h"

namespace lockstep {

StoredImage stored_image(const Sample& sample, Encoding encoding) {
  if (encoding == Encoding::encoded) return {.bytes = sample.bytes};
  check(encoding == Encoding::raw, ExitCode::usage, "the pack has features, and no images");
  const SampleRecord& record = sample.record;
  check_decodable_size(record.height, record.width);
  check(record.channels == 1 || record.channels == 3, ExitCode::data,
        "it has {} channels, not 1 or 3", record.channels);
  check(std::uint64_t{record.height} * record.width * record.channels == sample.bytes.size(),
        ExitCode::data, "{} bytes are not an image of {} x {} pixels with {} channels",
        sample.bytes.size(), record.width, record.height, record.channels);
  return {sample.bytes, static_cast<int>(record.height), static_cast<int>(record.width),
          record.channels};
}

}  // namespace lockstep
