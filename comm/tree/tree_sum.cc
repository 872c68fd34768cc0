#include "comm/tree/tree_sum.h"

#include <algorithm>
#include <cassert>

namespace lockstep {
namespace {

/// 8 KiB: the few arrays that a step touches stay in the first-level cache.
constexpr std::size_t kBlock = 2048;

/// `sum` may be `left` or `right` itself; otherwise they do not overlap.
void add(float* sum, const float* left, const float* right, std::size_t count) {
#pragma GCC ivdep
  for (std::size_t i = 0; i < count; ++i) sum[i] = left[i] + right[i];
}

}  // namespace

TreeSum::TreeSum(SumProgram program)
    : program_(std::move(program)), scratch_(kBlock * (program_.places - program_.outputs)) {}

void TreeSum::run(std::span<const std::span<const float>> inputs,
                  std::span<const std::span<float>> outputs) {
  assert(std::ssize(inputs) == program_.inputs && std::ssize(outputs) == program_.outputs);
  const std::size_t size = inputs.empty() ? 0 : inputs[0].size();
  for (std::size_t begin = 0; begin < size; begin += kBlock) {
    const std::size_t count = std::min(kBlock, size - begin);
    const auto place = [&](int number) {
      return number < program_.outputs ? outputs[number].data() + begin
                                       : scratch_.data() + kBlock * (number - program_.outputs);
    };
    const auto operand = [&](int number) -> const float* {
      return number < program_.inputs ? inputs[number].data() + begin
                                      : place(number - program_.inputs);
    };
    for (const SumProgram::Step& step : program_.steps) {
      const float* left = operand(step.left);
      if (step.right != SumProgram::kNone) {
        add(place(step.place), left, operand(step.right), count);
      } else if (left != place(step.place)) {
        std::copy_n(left, count, place(step.place));
      }
    }
  }
}

}  // namespace lockstep
