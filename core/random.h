#pragma once

#include <array>
#include <cstdint>

namespace lockstep {

/// Philox4x32-10: a bijection of a 128-bit counter under a 64-bit key (Salmon et al., "Parallel
/// random numbers: as easy as 1, 2, 3", SC 2011). Checked against the paper's known answers.
std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter,
                                        std::array<std::uint32_t, 2> key);

/// What a random number is for. Part of every counter, so that two purposes never share numbers.
/// Values are fixed: they are part of a run's results.
enum class RandomPurpose : std::uint32_t {
  order = 1,           ///< the epoch's order of samples
  augmentation = 2,    ///< one sample's geometry and colour
  lane = 3,            ///< the seed of LibTorch's generators for one lane (dropout)
  initialization = 4,  ///< parameters
  split = 5,           ///< train / validation split of a pack
  mix = 6,             ///< which part of one sample goes into another (mixup, CutMix)
  synthetic = 7,       ///< the pictures that `pack --synthetic` draws
  bootstrap = 8,       ///< which samples a resample has (analysis/bootstrap.h)
  examples = 9,        ///< which samples are shown of many (analysis/examples.h)
};

/// 64 random bits, a pure function of its arguments: the first two words of the RandomSequence made
/// from them.
std::uint64_t random_bits(std::uint64_t seed, RandomPurpose purpose, std::uint64_t a,
                          std::uint64_t b);

/// A sequence of random numbers that is a pure function of (seed, purpose, a, b): nothing to save,
/// nothing to restore. Augmentation uses a = epoch, b = the position in the epoch's order. Cheap to
/// make; not shared between threads.
///
///     RandomSequence random(seed, RandomPurpose::augmentation, epoch, position);
///     const bool mirrored = random.flip(0.5f);
///     const int x = static_cast<int>(random.below(width));
class RandomSequence {
 public:
  RandomSequence(std::uint64_t seed, RandomPurpose purpose, std::uint64_t a, std::uint64_t b);

  std::uint32_t bits();                      ///< 32 random bits
  float uniform();                           ///< in [0, 1), 24 bits
  std::uint32_t below(std::uint32_t bound);  ///< in [0, bound), bound > 0, unbiased (Lemire 2019)
  bool flip(float probability);              ///< true with that probability

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  unsigned used_ = 4;
};

}  // namespace lockstep
