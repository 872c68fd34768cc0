#pragma once

#include <memory>

#include "sharding/archive/archive_tree.h"
#include "sharding/source/record_reader.h"

namespace lockstep {

/// Reads images out of archives, each of which is read in sequence, once for all splits: what comes
/// before its turn is kept in a temporary file without a name, so that the memory is bounded. What
/// a folder's reader would reject is rejected for the same reason.
class ArchiveReader final : public RecordReader {
 public:
  explicit ArchiveReader(std::shared_ptr<const ArchiveTree> tree);
  ~ArchiveReader() override;

  Encoding encoding() const override { return Encoding::encoded; }
  void expect(std::span<const SourceRecord> records) override;
  std::unique_ptr<SourcePass> open(std::span<const SourceRecord> records) const override;

 private:
  class Reading;
  class Pass;

  std::unique_ptr<Reading> reading_;
};

}  // namespace lockstep
