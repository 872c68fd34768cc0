#pragma once

#include <array>
#include <cstdint>

namespace lockstep {

/// The order in which one epoch visits the samples: a bijection of [0, n), a pure function of (n,
/// seed, epoch), in O(1) memory, so no rank ever holds a permutation. An alternating Feistel
/// network over just enough bits for n, walked until it lands inside [0, n) (Black and Rogaway,
/// "Ciphers with arbitrary finite domains", CT-RSA 2002): fewer than two walks an index on average.
///
///     const EpochOrder order(samples, seed, epoch);
///     const std::uint64_t id = order[position];
class EpochOrder {
 public:
  /// 1 <= n <= 2^63. Each `stream` is an order of its own.
  EpochOrder(std::uint64_t n, std::uint64_t seed, std::uint64_t epoch, std::uint64_t stream = 0);

  /// The sample id at `position` < n.
  std::uint64_t operator[](std::uint64_t position) const;

 private:
  static constexpr int kRounds = 8;

  std::uint64_t n_;
  int low_bits_;
  std::uint64_t low_mask_;
  std::uint64_t high_mask_;
  std::array<std::uint64_t, kRounds> keys_;
};

}  // namespace lockstep
