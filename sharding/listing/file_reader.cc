#include "sharding/listing/file_reader.h"

#include <algorithm>
#include <utility>

#include "core/file.h"

namespace lockstep {
namespace {

/// Files that one worker takes at a time.
constexpr std::size_t kFilesAtOnce = 4;

UniqueFd open_file(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  const bool is_missing = status.type() == std::filesystem::file_type::not_found ||
                          error == std::errc::too_many_symbolic_link_levels;
  if (is_missing) throw BadSample(FaultKind::missing_file, "");
  if (!error && !std::filesystem::is_regular_file(status)) {
    throw BadSample(FaultKind::missing_file, "it is not a file");
  }
  return open_for_reading(path, ExitCode::data);
}

}  // namespace

void check_image_count(const std::filesystem::path& file, std::uint64_t bytes,
                       std::uint64_t count) {
  constexpr std::uint64_t kMostInByte = 8;
  check(count / kMostInByte <= bytes, ExitCode::data,
        "'{}' has {} bytes, and claims {} images; it is damaged, or made to fill the memory", file,
        bytes, count);
}

void read_image_file(const std::filesystem::path& path, std::vector<std::byte>& bytes) {
  const UniqueFd file = open_file(path);
  const std::uint64_t size = file_size(file.get(), path);
  check_image_size(size);
  bytes.resize(size);
  pread_exactly(file.get(), bytes, 0, path, ExitCode::data);
}

class FileReader::Pass final : public SourcePass {
 public:
  Pass(const std::filesystem::path& root, std::span<const SourceRecord> records)
      : root_(root), records_(records) {}

  std::size_t next(std::vector<SourceSample>& samples) override {
    const std::size_t count = std::min(kFilesAtOnce, records_.size());
    if (samples.size() < count) samples.resize(count);
    for (std::size_t i = 0; i < count; ++i) begin_sample(records_[i], samples[i]);
    records_ = records_.subspan(count);
    return count;
  }

  void load(SourceSample& sample) const override {
    read_image_file(root_ / sample.source, sample.bytes);
  }

 private:
  const std::filesystem::path& root_;
  std::span<const SourceRecord> records_;  ///< those that are still to come
};

std::unique_ptr<SourcePass> FileReader::open(std::span<const SourceRecord> records) const {
  return std::make_unique<Pass>(root_, records);
}

}  // namespace lockstep
