#pragma once

#include <memory>
#include <span>

#include "sharding/source/pack_source.h"
#include "sharding/source/source_listing.h"

namespace lockstep {

/// Reads the images that records name: the half of a source that touches the images' files.
///
///     const std::unique_ptr<SourcePass> pass = reader.open(records);
///     while (const std::size_t count = pass->next(samples)) load_all(*pass, samples, count);
class RecordReader {
 public:
  virtual ~RecordReader() = default;

  virtual Encoding encoding() const = 0;
  /// Told of the records of each split, before the first pass: what it can read once for all of
  /// them.
  virtual void expect(std::span<const SourceRecord>) {}
  /// A pass over `records`, which must outlive it. Arrays are read in the order of their rows.
  virtual std::unique_ptr<SourcePass> open(std::span<const SourceRecord> records) const = 0;
};

/// What a record says, into a sample.
void begin_sample(const SourceRecord& record, SourceSample& sample);

/// An image file may have this many bytes.
inline constexpr std::uint64_t kMaxImageFileBytes = std::uint64_t{64} << 20;

/// Throws BadSample where an image file is empty or too large.
void check_image_size(std::uint64_t bytes);

}  // namespace lockstep
