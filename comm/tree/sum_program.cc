#include "comm/tree/sum_program.h"

#include <algorithm>

namespace lockstep {

SumProgram sum_program(std::span<const LaneRange> inputs, int lanes) {
  SumProgram program;
  program.inputs = static_cast<int>(inputs.size());
  std::vector<LaneRange> stack;
  std::vector<int> operands;  // [stack.size()] where each partial sum of the stack is
  for (int input = 0; input < program.inputs; ++input) {
    operands.push_back(input);
    for (int merges = push_and_merge(stack, inputs[input], lanes); merges > 0; --merges) {
      const int place = static_cast<int>(operands.size()) - 2;
      program.steps.push_back(
          {.place = place, .left = operands[place], .right = operands[place + 1]});
      program.places = std::max(program.places, place + 1);
      operands.pop_back();
      operands.back() = program.inputs + place;
    }
  }
  program.outputs = static_cast<int>(stack.size());
  program.places = std::max(program.places, program.outputs);
  for (int place = 0; place < program.outputs; ++place) {
    if (operands[place] < program.inputs) {
      program.steps.push_back(
          {.place = place, .left = operands[place], .right = SumProgram::kNone});
    }
  }
  return program;
}

}  // namespace lockstep
