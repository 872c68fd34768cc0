#include "sharding/write/shard_cutter.h"

#include <utility>

#include "sharding/format/pack_format.h"

namespace lockstep {
namespace {

constexpr std::string_view kSpoolFile = "spool";

}  // namespace

ShardCutter::ShardCutter(const PackManifest& pack, std::filesystem::path directory,
                         std::uint64_t shard_bytes)
    : directory_(std::move(directory)),
      shard_bytes_(shard_bytes),
      spool_(directory_ / kSpoolFile, pack) {}

void ShardCutter::add(const std::string& split, const std::string& source, const Sample& sample) {
  const bool new_split = splits_.empty() || splits_.back().name != split;
  if (new_split || spool_.bytes() + sample.record.size > shard_bytes_) close_shard();
  if (new_split) splits_.push_back({.name = split, .samples = 0, .shards = {}});
  spool_.add(source, sample);
}

std::vector<SplitInfo> ShardCutter::finish() {
  close_shard();
  return std::move(splits_);
}

void ShardCutter::close_shard() {
  if (spool_.empty()) return;
  SplitInfo& split = splits_.back();
  const std::string name = shard_file_name(split.name, split.shards.size());
  split.shards.push_back(spool_.write_shard(directory_, name));
  split.samples += split.shards.back().samples;
}

}  // namespace lockstep
