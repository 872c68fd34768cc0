#include <string>

#include "core/hash.h"
#include "sharding/format/pack_manifest.h"
#include "sharding/format/shard_hash.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

namespace {

/// Whoever makes a file to harm gives it the right fingerprint.
std::string with_fingerprint(std::string text) {
  constexpr std::string_view kKey = "\"fingerprint\": \"";
  constexpr std::size_t kDigits = 32;
  const std::size_t key = text.find(kKey);
  if (key == std::string::npos || text.size() - key < kKey.size() + kDigits) return text;
  text.replace(key + kKey.size(), kDigits, std::string(kDigits, '0'));
  const std::string hash = xxh3_128_hex(std::as_bytes(std::span(text)));
  return text.replace(key + kKey.size(), kDigits, hash);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = with_fingerprint(std::string(FuzzInput(data, size).rest_text()));
  write_input(fuzz_folder() / kPackManifest, std::as_bytes(std::span(text)));
  parse_input([&] {
    const PackManifest manifest = read_pack_manifest(fuzz_folder());
    for (const SplitInfo& split : manifest.splits) {
      for (const ShardInfo& shard : split.shards) {
        std::uint64_t at = 0;
        for (const ShardRegion& region : regions_of(shard)) {
          expect(region.begin == at && region.end >= at, "the parts of a shard follow each other");
          at = region.end;
        }
        expect(at == shard.size, "the parts of a shard are all of it");
      }
    }
  });
  return 0;
}
