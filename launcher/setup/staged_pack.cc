#include "launcher/setup/staged_pack.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <span>
#include <thread>
#include <unistd.h>
#include <vector>

#include "core/file.h"
#include "core/hash.h"
#include "core/process/host_name.h"
#include "core/process/pulse.h"
#include "core/stopwatch.h"
#include "core/storage/staging.h"
#include "launcher/report/bytes_text.h"
#include "sharding/read/pack_copy.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// The copies of one pack that stay are one for all runs of a node.
fs::path copy_directory(const Config& config, const Pack& pack) {
  std::string name = fmt::format("lockstep-{}-pack-{}", ::getuid(), pack.fingerprint());
  if (!config.data.stage_keep) {
    const std::string run = fs::absolute(config.run.dir).lexically_normal().string();
    name += "-of-" + xxh3_128_hex(std::as_bytes(std::span(run)));
  }
  return fs::path(stage_directory(config.data.stage, current_environment())) / name;
}

/// Ranks of other jobs, or of other nodes where the directory is not a node's own, may be copying.
FileLock wait_for_lock(const fs::path& directory) {
  make_directories(directory);
  for (;;) {
    if (auto lock = FileLock::try_acquire(directory / "lock", host_name())) {
      return std::move(*lock);
    }
    beat();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

}  // namespace

std::string stage_directory(const std::string& stage, const Environment& environment) {
  if (!stage.starts_with('$')) return stage;
  const std::size_t end = std::min(stage.find('/'), stage.size());
  const auto variable = environment.find(stage.substr(1, end - 1));
  check(variable != environment.end() && !variable->second.empty(), ExitCode::usage,
        "data.stage is '{}', and that variable is not set on {}: name a directory, or a variable "
        "that every node has",
        stage, host_name());
  return variable->second + stage.substr(end);
}

StagedPack::StagedPack(const Config& config, RankContext& context) : directory_(config.data.pack) {
  if (config.data.stage.empty() || directory_.empty()) return;
  context.phase = "copying the pack";
  const Pack pack(directory_);
  const fs::path directory = copy_directory(config, pack);
  directory_ = directory.string();
  const Topology& topology = context.communicator.topology();
  if (topology.local_rank == 0) {
    is_removed_ = !config.data.stage_keep;
    const FileLock lock = wait_for_lock(directory);
    std::vector<std::string> splits = config.data.train;
    splits.push_back(config.data.valid);
    double seconds = 0;
    PackCopy copy;
    {
      const Stopwatch watch(seconds);
      copy = copy_pack(pack, splits, directory, context.progress_of("copy the pack"));
    }
    context.log->info("the pack is read from '{}': {}, of which {} were copied in {:.1f} s",
                      printable(directory_), bytes_text(copy.bytes), bytes_text(copy.copied),
                      seconds);
  }
  context.communicator.barrier();
}

StagedPack::~StagedPack() {
  if (!is_removed_) return;
  try {
    remove_tree(directory_);
  } catch (const Error&) {
    // The run is done: the next one that stages here writes over what is left.
  }
}

}  // namespace lockstep
