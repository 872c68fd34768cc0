#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string_view>

#include "core/error.h"
#include "tests/temporary_directory.h"

/// What libFuzzer, or replay_main.cc, calls with each input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace lockstep {

/// The bytes of one input: a few choose how the rest is read.
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* data, std::size_t size)
      : bytes_(reinterpret_cast<const std::byte*>(data), size) {}

  /// The next byte; 0 at the end.
  std::uint8_t byte() { return static_cast<std::uint8_t>(number<1>()); }
  template <std::size_t Bytes>
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (const std::byte byte : take(Bytes)) value = value << 8 | static_cast<std::uint64_t>(byte);
    return value;
  }
  /// The next `count` bytes, or those that are left.
  std::span<const std::byte> take(std::size_t count) {
    const auto taken = bytes_.first(count < bytes_.size() ? count : bytes_.size());
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }
  std::span<const std::byte> rest() { return take(bytes_.size()); }
  std::string_view rest_text() {
    const auto bytes = rest();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

 private:
  std::span<const std::byte> bytes_;
};

/// Runs `parse`. An Error is a right answer to a bad input, unless it says that it is our bug; any
/// other exception is a finding.
template <typename Parse>
void parse_input(const Parse& parse) {
  try {
    parse();
  } catch (const Error& error) {
    if (error.code() != ExitCode::internal) return;
    std::fprintf(stderr, "Error(internal): %s\n", error.what());
    std::abort();
  }
}

/// Ends the program where what must hold for each input does not.
inline void expect(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

/// A folder for the files of this process.
inline const std::filesystem::path& fuzz_folder() {
  static const TemporaryDirectory folder;
  return folder.path();
}

inline void write_input(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

}  // namespace lockstep
