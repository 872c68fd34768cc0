#include "sharding/archive/archive_reader.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "sharding/archive/temporary_file.h"

namespace lockstep {
namespace {

/// Images that one worker takes at a time.
constexpr std::size_t kImagesAtOnce = 4;

/// An image on its way out of an archive.
struct Slot {
  enum class State {
    waiting,  ///< in the archive
    kept,     ///< in the temporary file
    given,    ///< to a pass, at once
  };
  State state = State::waiting;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;  ///< in the temporary file
};

}  // namespace

/// One reading of the archives, from which the passes over all splits take their images.
class ArchiveReader::Reading {
 public:
  explicit Reading(std::shared_ptr<const ArchiveTree> tree) : tree_(std::move(tree)) {}

  void expect(const std::string& path) { slots_.emplace(path, Slot{}); }

  /// Begins anew where one of `records` is neither kept nor still to come.
  void prepare(std::span<const SourceRecord> records) {
    const bool is_fresh = std::ranges::none_of(records, [&](const SourceRecord& record) {
      return slots_.at(record.path).state == Slot::State::given;
    });
    if (is_fresh) return;
    walk_.reset();
    kept_.reset();
    for (auto& [path, slot] : slots_) slot = {};
  }

  /// Reads on until the image is there. One thread at a time.
  void fetch(SourceSample& sample) {
    Slot& slot = slots_.at(sample.source);
    sample.bytes.clear();
    if (slot.state == Slot::State::kept) return;
    if (!walk_) walk_.emplace(tree_->archives());
    while (walk_->next(entry_)) {
      if (entry_.kind != ArchiveStream::Entry::Kind::file) continue;
      const auto found = slots_.find(entry_.path);
      if (found == slots_.end()) continue;
      Slot& read = found->second;
      const bool is_wanted = &read == &slot;
      read.size = walk_->read(is_wanted ? sample.bytes : buffer_, kMaxImageFileBytes);
      read.state = is_wanted ? Slot::State::given : Slot::State::kept;
      if (is_wanted) return;
      if (read.size > kMaxImageFileBytes) continue;
      if (!kept_) kept_.emplace(tree_->archives().scratch);
      read.offset = kept_->append(buffer_);
    }
    fail(ExitCode::data, "'{}' is no longer in '{}'; did it change?", sample.source,
         tree_->root().string());
  }

  /// Any number of threads, each with a sample of its own that was fetched.
  void load(SourceSample& sample) const {
    const Slot& slot = slots_.at(sample.source);
    check_image_size(slot.size);
    if (slot.state == Slot::State::given) return;
    sample.bytes.resize(slot.size);
    kept_->read(slot.offset, sample.bytes);
  }

 private:
  std::shared_ptr<const ArchiveTree> tree_;
  std::unordered_map<std::string, Slot> slots_;
  std::optional<ArchiveWalk> walk_;
  std::optional<TemporaryFile> kept_;
  ArchiveStream::Entry entry_;
  std::vector<std::byte> buffer_;
};

class ArchiveReader::Pass final : public SourcePass {
 public:
  Pass(Reading& reading, std::span<const SourceRecord> records)
      : reading_(reading), records_(records) {
    reading_.prepare(records);
  }

  std::size_t next(std::vector<SourceSample>& samples) override {
    const std::size_t count = std::min(kImagesAtOnce, records_.size());
    if (samples.size() < count) samples.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      begin_sample(records_[i], samples[i]);
      reading_.fetch(samples[i]);
    }
    records_ = records_.subspan(count);
    return count;
  }

  void load(SourceSample& sample) const override { reading_.load(sample); }

 private:
  Reading& reading_;
  std::span<const SourceRecord> records_;  ///< those that are still to come
};

ArchiveReader::ArchiveReader(std::shared_ptr<const ArchiveTree> tree)
    : reading_(std::make_unique<Reading>(std::move(tree))) {}
ArchiveReader::~ArchiveReader() = default;

void ArchiveReader::expect(std::span<const SourceRecord> records) {
  for (const SourceRecord& record : records) reading_->expect(record.path);
}

std::unique_ptr<SourcePass> ArchiveReader::open(std::span<const SourceRecord> records) const {
  return std::make_unique<Pass>(*reading_, records);
}

}  // namespace lockstep
