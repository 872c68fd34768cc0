#include <string>

#include "checkpoint/manifest.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

namespace {

/// Whoever makes a file to harm gives it the right hash: the last line but one.
std::string with_hash(std::string_view body) {
  return fmt::format("{}  \"manifest_hash\": \"{}\"\n}}\n", body,
                     xxh3_128_hex(std::as_bytes(std::span(body))));
}

}  // namespace

/// A manifest up to the line of its hash.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = FuzzInput(data, size).rest_text();
  parse_input([&] { (void)decode_manifest(text, "manifest.json"); });
  parse_input([&] {
    const Manifest manifest = decode_manifest(with_hash(text), "manifest.json");
    (void)encode_manifest(manifest);
    (void)bytes_on_disk(manifest);
  });
  return 0;
}
