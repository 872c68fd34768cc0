#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace lockstep {

/// The part of a lane's flat float32 buffer that carries a few numbers to all ranks, beside the
/// gradients: sums over samples, of real numbers and of whole ones, and the wish to stop.
///
/// A real number takes one element. A count, below 2^32 in each lane, takes its four base-256
/// digits: each digit's sum over up to 2^16 lanes is a whole number below 2^24, which float32
/// holds, so counts are exact.
///
///     const LaneTail tail(/*reals=*/2, /*counts=*/1);
///     tail.write(sums, buffer.narrow(0, begin, tail.elements()));     // each lane
///     tail.read(reduced.narrow(0, begin, tail.elements())).counts[0]  // on all ranks
class LaneTail {
 public:
  LaneTail(std::int64_t reals, std::int64_t counts) : reals_(reals), counts_(counts) {}

  /// Elements of the buffer that it takes: a multiple of 16, so that what follows is aligned to 64
  /// bytes.
  std::int64_t elements() const;

  /// `sums` [reals + counts] float64, on the tail's device. Does not wait for the device.
  void write(const at::Tensor& sums, at::Tensor tail) const;
  /// Says that this lane's rank was asked to stop.
  static void request_stop(at::Tensor tail);

  /// The i-th real number of a tail on any device, a scalar float32; does not wait for the device.
  static at::Tensor real(const at::Tensor& tail, std::int64_t i);

  struct Numbers {
    std::vector<double> reals;
    std::vector<std::int64_t> counts;
    bool stop_requested = false;
  };
  /// What a tail holds, in host memory.
  Numbers read(const at::Tensor& tail) const;

 private:
  std::int64_t reals_;
  std::int64_t counts_;
};

}  // namespace lockstep
