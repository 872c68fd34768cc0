#pragma once

#include <span>

#include "core/names.h"

namespace lockstep {

/// The number format of matrix products and convolutions; parameters and sums are float32 always.
enum class Precision {
  automatic,  ///< bf16 on a GPU that computes in it, else fp32; resolved at the first start and
              ///< stored
  fp32,
  bf16,
};
inline constexpr EnumName<Precision> kPrecisionNames[] = {
    {Precision::automatic, "auto"}, {Precision::fp32, "fp32"}, {Precision::bf16, "bf16"}};
constexpr std::span<const EnumName<Precision>> enum_names(Precision) { return kPrecisionNames; }

}  // namespace lockstep
