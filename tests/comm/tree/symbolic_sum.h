#pragma once

#include <string>
#include <vector>

#include "comm/tree/lane_schedule.h"
#include "comm/tree/sum_program.h"
#include "tests/comm/tree/documented_tree.h"

namespace lockstep {

/// Sums written out, such as "((0+1)+2)", so that a test compares the order of additions itself.
using Expression = std::string;

inline Expression add_expressions(Expression left, const Expression& right) {
  return "(" + left + "+" + right + ")";
}

inline Expression documented_expression(int lanes) {
  std::vector<Expression> names;
  for (int lane = 0; lane < lanes; ++lane) names.push_back(std::to_string(lane));
  return documented_tree<Expression>(names, add_expressions);
}

/// What a rank's slots hold after its lanes.
inline std::vector<Expression> run(const LaneSchedule& schedule) {
  std::vector<Expression> slots(schedule.slots);
  for (int lane = schedule.range.first; lane < schedule.range.last; ++lane) {
    const auto [slot, merges] = schedule.turn(lane);
    slots.at(slot) = std::to_string(lane);
    for (int top = slot; top > slot - merges; --top)
      slots.at(top - 1) = add_expressions(slots[top - 1], slots[top]);
  }
  slots.resize(schedule.partials);
  return slots;
}

inline std::vector<Expression> run(const SumProgram& program,
                                   const std::vector<Expression>& inputs) {
  std::vector<Expression> places(program.places);
  const auto operand = [&](int number) {
    return number < program.inputs ? inputs.at(number) : places.at(number - program.inputs);
  };
  for (const SumProgram::Step& step : program.steps) {
    places.at(step.place) = step.right == SumProgram::kNone
                                ? operand(step.left)
                                : add_expressions(operand(step.left), operand(step.right));
  }
  places.resize(program.outputs);
  return places;
}

}  // namespace lockstep
