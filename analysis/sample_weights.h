#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace lockstep {

/// How often each sample counts. The default: each once.
class SampleWeights {
 public:
  SampleWeights() = default;
  explicit SampleWeights(std::span<const std::uint32_t> times) : times_(times) {}

  double operator[](std::size_t sample) const { return times_.empty() ? 1 : times_[sample]; }

 private:
  std::span<const std::uint32_t> times_;
};

}  // namespace lockstep
