#include "trainer/optimizer/trust_ratio.h"

#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>

namespace lockstep {

at::Tensor trust_ratio(const at::Tensor& ratio, const at::Tensor& weight_norm,
                       const at::Tensor& update_norm) {
  return at::where(weight_norm.gt(0).logical_and(update_norm.gt(0)), ratio, at::ones_like(ratio));
}

}  // namespace lockstep
