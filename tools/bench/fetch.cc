// What a sample costs by its number, from the page cache: through PackSplit, and through a loop
// that does nothing but read the index record and the bytes and check their hash.
//     bench_fetch PACK [--by split|bare] [--order shuffled|block|sequential] [--samples N] [--cold]
// Prints one JSON object: microseconds a sample over one pass, after an untimed one of another
// order, and the process's peak memory. The split must lie in one shard. --cold: from the disk
// instead, after the kernel was asked to forget the file.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "sharding/feed/epoch_order.h"
#include "sharding/feed/sample_order.h"
#include "sharding/read/pack.h"

namespace lockstep {
namespace {

using Read = std::function<void(std::uint64_t id)>;

Read read_through_split(const Pack& pack) {
  return [split = pack.split("train"), sample = Sample()](std::uint64_t id) mutable {
    split->read(id, sample);
  };
}

class BareLoop {
 public:
  explicit BareLoop(const Pack& pack)
      : label_(pack.manifest().label),
        shard_(pack.manifest().find("train")->shards.front()),
        path_(pack.directory() / shard_.file),
        fd_(open_for_reading(path_, ExitCode::data)),
        record_bytes_(label_.record_bytes()) {}

  void read(std::uint64_t id) {
    pread_exactly(fd_.get(), record_bytes_, shard_.index.address + id * record_bytes_.size(), path_,
                  ExitCode::data);
    decode_record(label_, record_bytes_, record_, class_, targets_);
    bytes_.resize(record_.size);
    pread_exactly(fd_.get(), bytes_, shard_.bytes.address + record_.offset, path_, ExitCode::data);
    check(xxh3_64(bytes_) == record_.hash, ExitCode::data, "sample {} is damaged", id);
  }

 private:
  LabelType label_;
  ShardInfo shard_;
  std::filesystem::path path_;
  UniqueFd fd_;
  std::vector<std::byte> record_bytes_;
  std::vector<std::byte> bytes_;
  SampleRecord record_;
  std::int64_t class_ = 0;
  std::vector<float> targets_;
};

Read read_bare(const Pack& pack) {
  return [loop = std::make_shared<BareLoop>(pack)](std::uint64_t id) { loop->read(id); };
}

/// Asks the kernel to drop the file's pages; those that are not dirty go.
void forget(const std::filesystem::path& path) {
  const UniqueFd file = open_for_reading(path, ExitCode::data);
  check(::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED) == 0, ExitCode::data,
        "the kernel does not forget '{}'", path.string());
}

std::unique_ptr<SampleOrder> make_order(const std::string& name, std::uint64_t samples) {
  if (name == "block") return block_shuffle(samples, 1, {});
  return full_shuffle(samples, 1);
}

/// VmHWM. Not getrusage's ru_maxrss: that one also counts what the parent held at the fork.
double peak_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    double kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib / 1024;
  }
  fail(ExitCode::internal, "/proc/self/status does not say VmHWM");
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  using namespace lockstep;
  CLI::App app("What one sample of a pack costs, by its number");
  std::string directory;
  std::string by = "split";
  std::string order = "shuffled";
  std::uint64_t samples = 0;
  app.add_option("PACK", directory)->required();
  app.add_option("--by", by)->check(CLI::IsMember({"split", "bare"}));
  app.add_option("--order", order)->check(CLI::IsMember({"shuffled", "block", "sequential"}));
  bool cold = false;
  app.add_flag("--cold", cold, "read from the disk");
  app.add_option("--samples", samples, "how many are timed; 0: all");
  CLI11_PARSE(app, argc, argv);

  const Pack pack(directory);
  const SplitInfo& split = *pack.manifest().find("train");
  check(split.shards.size() == 1, ExitCode::usage, "'{}' has several shards", directory);
  const std::uint64_t count = samples == 0 ? split.samples : std::min(samples, split.samples);
  const EpochOrder warm_up(split.samples, 1, 0);
  const Read read = by == "split" ? read_through_split(pack) : read_bare(pack);
  const std::shared_ptr<const PackSplit> ahead = pack.split("train");
  const std::unique_ptr<SampleOrder> shuffle = make_order(order, split.samples);

  if (cold) {
    forget(pack.directory() / split.shards.front().file);
  } else {
    for (std::uint64_t i = 0; i < split.samples; ++i) read(warm_up[i]);
  }
  constexpr std::uint64_t batch = 64;
  std::vector<std::uint64_t> ids(batch);
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t first = 0; first < count; first += batch) {
    ids.resize(std::min(batch, count - first));
    if (order == "sequential") {
      std::iota(ids.begin(), ids.end(), first);
    } else {
      for (const IdRange& range : shuffle->read_ahead(1, first, ids.size(), first == 0)) {
        ahead->read_ahead(range.first, range.count);
      }
      shuffle->take(1, first, ids);
    }
    for (const std::uint64_t id : ids) read(id);
  }
  const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
  fmt::print("{{\"microseconds\": {:.3f}, \"peak_mib\": {:.2f}}}\n",
             time.count() / static_cast<double>(count), peak_mib());
}
