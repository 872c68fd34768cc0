#pragma once

#include <functional>
#include <vector>

namespace lockstep {

/// The sum of lanes as docs/reduction.md has it, top down, whatever `Value` and `add` are: node k
/// of level j covers lanes [k 2^j, min((k+1) 2^j, L)), and is its left child where the right one
/// would be empty.
template <typename Value>
Value documented_tree(const std::vector<Value>& lanes,
                      const std::function<Value(Value, const Value&)>& add) {
  const int count = static_cast<int>(lanes.size());
  const std::function<Value(int, int)> node = [&](int level, int k) {
    if (level == 0) return lanes[k];
    const int first_of_right = (2 * k + 1) << (level - 1);
    Value left = node(level - 1, 2 * k);
    return first_of_right < count ? add(std::move(left), node(level - 1, 2 * k + 1)) : left;
  };
  int levels = 0;
  while (1 << levels < count) ++levels;
  return node(levels, 0);
}

}  // namespace lockstep
