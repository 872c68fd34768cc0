#pragma once

namespace lockstep {

/// The number format of matrix products and convolutions; parameters and sums are float32 always.
enum class Precision {
  automatic,  ///< bf16 on a GPU that computes in it, else fp32; resolved at the first start and
              ///< stored
  fp32,
  bf16,
};

}  // namespace lockstep
