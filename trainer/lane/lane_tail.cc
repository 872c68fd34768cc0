#include "trainer/lane/lane_tail.h"

#include <cmath>

#include <ATen/core/grad_mode.h>

namespace lockstep {
namespace {

// [ stop requests | reals | lowest digits of the counts | next digits | ... ]
constexpr std::int64_t kStopRequests = 0;
constexpr std::int64_t kReals = 1;
constexpr std::int64_t kDigits = 4;
constexpr std::int64_t kBase = 256;
constexpr std::int64_t kAlignedElements = 16;

}  // namespace

std::int64_t LaneTail::elements() const {
  const std::int64_t used = kReals + reals_ + kDigits * counts_;
  return (used + kAlignedElements - 1) / kAlignedElements * kAlignedElements;
}

void LaneTail::write(const at::Tensor& sums, at::Tensor tail) const {
  const at::NoGradGuard no_grad;
  tail.narrow(0, kReals, reals_).copy_(sums.narrow(0, 0, reals_));
  at::Tensor rest = sums.narrow(0, reals_, counts_).to(at::kLong);
  for (std::int64_t digit = 0; digit < kDigits; ++digit) {
    tail.narrow(0, kReals + reals_ + digit * counts_, counts_).copy_(rest.remainder(kBase));
    rest = rest.div(kBase, "floor");
  }
}

void LaneTail::request_stop(at::Tensor tail) { tail[kStopRequests] = 1; }

at::Tensor LaneTail::real(const at::Tensor& tail, std::int64_t i) { return tail[kReals + i]; }

LaneTail::Numbers LaneTail::read(const at::Tensor& tail) const {
  const float* values = tail.const_data_ptr<float>();
  Numbers numbers;
  numbers.stop_requested = values[kStopRequests] > 0;
  numbers.reals.assign(values + kReals, values + kReals + reals_);
  for (std::int64_t i = 0; i < counts_; ++i) {
    std::int64_t count = 0;
    for (std::int64_t digit = kDigits - 1; digit >= 0; --digit) {
      const float digit_sum = values[kReals + reals_ + digit * counts_ + i];
      count = count * kBase + std::llround(digit_sum);
    }
    numbers.counts.push_back(count);
  }
  return numbers;
}

}  // namespace lockstep
