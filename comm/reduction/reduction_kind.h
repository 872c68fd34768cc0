#pragma once

namespace lockstep {

/// How the lanes' gradients are summed.
enum class ReductionKind {
  exact,  ///< one fixed binary tree over lane numbers: the same bits on any number of ranks
  fast,   ///< the library's all-reduce: equal bits on all ranks of one run, no more
};

}  // namespace lockstep
