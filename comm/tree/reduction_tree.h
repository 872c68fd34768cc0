#pragma once

#include <vector>

namespace lockstep {

/// Lanes [first, last). A range that is a node of the tree also names the sum over its lanes, a
/// "partial sum".
///
/// The tree over L lanes: node k of level j covers lanes [k 2^j, min((k+1) 2^j, L)); its children
/// are nodes 2k and 2k+1 of level j-1; where the right one would be empty, a node is its left
/// child. Its shape depends on L alone, so the sum that it prescribes is the same whoever adds what
/// (docs/reduction.md).
struct LaneRange {
  int first = 0;
  int last = 0;
  bool operator==(const LaneRange&) const = default;
};

/// The lanes that a rank runs, [rank L / W, (rank + 1) L / W). Throws Error(usage) where there are
/// more ranks than lanes.
LaneRange lanes_of_rank(int lanes, int rank, int ranks);

/// Whether two nodes of the tree over `lanes` lanes are the left and the right child of one node.
bool are_siblings(LaneRange left, LaneRange right, int lanes);

/// Pushes the node `next` on a stack of nodes, then replaces the two topmost by their parent while
/// they are siblings: a binary counter. Returns how often. Nodes are pushed in ascending order and
/// without gaps.
int push_and_merge(std::vector<LaneRange>& stack, LaneRange next, int lanes);

/// The partial sums that are left when every pair of siblings inside `range` has been added: the
/// largest nodes of the tree that lie inside it, ascending. Takes some log2(lanes)^2 steps, however
/// long the range is.
std::vector<LaneRange> partial_sums(LaneRange range, int lanes);

}  // namespace lockstep
