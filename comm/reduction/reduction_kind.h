#pragma once

#include <span>

#include "core/names.h"

namespace lockstep {

/// How the lanes' gradients are summed.
enum class ReductionKind {
  exact,  ///< one fixed binary tree over lane numbers: the same bits on any number of ranks
  fast,   ///< the library's all-reduce: equal bits on all ranks of one run, no more
};
inline constexpr EnumName<ReductionKind> kReductionNames[] = {{ReductionKind::exact, "exact"},
                                                              {ReductionKind::fast, "fast"}};
constexpr std::span<const EnumName<ReductionKind>> enum_names(ReductionKind) {
  return kReductionNames;
}

}  // namespace lockstep
