#include "trainer/pass/grad_cam.h"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include "core/error.h"
#include "models/network/map_tap.h"
#include "trainer/pass/evaluation_mode.h"

namespace lockstep {

bool has_feature_map(ImageModel& model, const at::Tensor& images) {
  const at::NoGradGuard no_grad;
  const EvaluationMode evaluation_mode(model);
  const MapTap tap;
  model.forward(images);
  return tap.map().defined();
}

at::Tensor grad_cam(ImageModel& model, const at::Tensor& images, const at::Tensor& outputs) {
  const EvaluationMode evaluation_mode(model);
  const MapTap tap;
  const at::Tensor answers = model.forward(images);
  const at::Tensor& map = tap.map();
  check(map.defined(), ExitCode::usage,
        "the network makes no feature map, so there is no place in the image to point at");
  const at::Tensor raised = answers.gather(1, outputs.to(answers.device()).unsqueeze(1)).sum();
  const at::Tensor gradient = torch::autograd::grad({raised}, {map}).front();
  const at::NoGradGuard no_grad;
  const at::Tensor weights = gradient.mean({2, 3}, /*keepdim=*/true);
  const at::Tensor seen = (weights * map).sum(1).relu();
  const at::Tensor largest = seen.amax({1, 2}, /*keepdim=*/true);
  return (seen / largest.clamp_min(1e-30)).to(at::kCPU).contiguous();
}

}  // namespace lockstep
