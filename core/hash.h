#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// XXH3, 64 bits, of `bytes`. Not cryptographic: it finds damage, not malice.
std::uint64_t xxh3_64(std::span<const std::byte> bytes);

/// XXH3-128 of bytes that come in pieces; the digests in file formats are 32 lower-case hexadecimal
/// digits, high half first (as xxhsum -H2 prints them).
///
///     Hasher hasher;
///     hasher.update(header);
///     hasher.update(body);
///     hasher.hex()              // "a07397a4b5114872ec526456f8ebbe8f"
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// The digest of what came so far; more may follow.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// XXH3-128 of one piece, as Hasher::hex prints it.
std::string xxh3_128_hex(std::span<const std::byte> bytes);

/// What a whole file must be: a reader that finds something else reads a damaged file.
struct FileDigest {
  std::uint64_t bytes = 0;
  std::string xxh3_128;  ///< as Hasher::hex prints it

  bool operator==(const FileDigest&) const = default;
};

}  // namespace lockstep
