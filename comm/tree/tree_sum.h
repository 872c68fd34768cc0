#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "comm/tree/sum_program.h"

namespace lockstep {

/// Runs a SumProgram over arrays in host memory, a cache-sized block of elements at a time, so that
/// each input is read from memory once and each result written once, however many steps there are.
///
///     TreeSum sum(sum_program(std::vector<LaneRange>{{0, 4}, {4, 8}}, 8));
///     sum.run(inputs, outputs);
class TreeSum {
 public:
  explicit TreeSum(SumProgram program);
  const SumProgram& program() const { return program_; }

  /// Element i of the results from element i of the inputs, all spans of one length. A result may
  /// be an input.
  void run(std::span<const std::span<const float>> inputs,
           std::span<const std::span<float>> outputs);

 private:
  SumProgram program_;
  std::vector<float> scratch_;
};

}  // namespace lockstep
