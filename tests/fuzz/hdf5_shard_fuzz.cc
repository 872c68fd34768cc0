// A shard whose hashes are right, and whose HDF5 is made to harm.

#include "sharding/format/shard_hash.h"
#include "sharding/read/hdf5_shard_reader.h"
#include "tests/fuzz/child_use.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

/// Where /bytes and /index begin and how long they are, as four numbers of four bytes; the shard.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  ShardInfo shard;
  for (DatasetExtent* extent : {&shard.bytes, &shard.index}) {
    extent->address = input.number<4>();
    extent->size = input.number<4>();
  }
  const auto file = input.rest();
  shard.size = file.size();
  const bool bytes_first = shard.bytes.address < shard.index.address;
  const DatasetExtent& first = bytes_first ? shard.bytes : shard.index;
  const DatasetExtent& second = bytes_first ? shard.index : shard.bytes;
  // What no manifest may say (pack_manifest.cc).
  if (first.address + first.size > second.address || second.address + second.size > shard.size) {
    return 0;
  }
  const std::filesystem::path path = fuzz_folder() / "x.h5";
  write_input(path, file);
  shard.structure_hash = hash_shard(path, shard).structure;
  const ChildUse use;
  parse_input([&] { (void)describe_shard(path, shard); });
  use.check();
  return 0;
}
