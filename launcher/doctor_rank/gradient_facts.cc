#include "launcher/doctor_rank/gradient_facts.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/zeros_like.h>

namespace lockstep {

std::vector<ParameterGradient> look_at_gradients(Trial& trial, int batches) {
  const at::Tensor most = at::zeros_like(trial.model().parameters());
  for (int i = 0; i < batches; ++i) {
    const at::Tensor gradient = trial.gradient();
    const at::NoGradGuard no_grad;
    most.copy_(at::maximum(most, gradient.abs()));  // what is not a number stays
  }
  const at::NoGradGuard no_grad;
  std::vector<ParameterGradient> all;
  for (const FlatEntry& entry : trial.model().parameter_layout().entries) {
    const at::Tensor values = view_of(most, entry).cpu();
    ParameterGradient& found = all.emplace_back();
    found.name = entry.name;
    if (values.numel() == 0) continue;
    found.magnitude = values.max().item<double>();
    if (values.dim() < 2 || !entry.name.ends_with(".weight")) continue;
    found.units = values.size(0);
    found.dead_units = values.flatten(1).amax(1).eq(0).sum().item<std::int64_t>();
  }
  return all;
}

}  // namespace lockstep
