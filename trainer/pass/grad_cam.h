#pragma once

#include <ATen/core/Tensor.h>

#include "models/network/image_model.h"

namespace lockstep {

/// Whether the model makes a feature map of `images` [B, C, H, W] that grad_cam could look at:
/// convolutional networks do.
bool has_feature_map(ImageModel& model, const at::Tensor& images);

/// Where in `images` [B, C, H, W] the model sees what raises the output `outputs[i]` (int64, [B])
/// of image i: [B, h, w] float32 from 0 to 1 in host memory, as coarse as the last feature map; all
/// 0 where nothing raises it. Grad-CAM (Selvaraju et al., "Grad-CAM: visual explanations from deep
/// networks via gradient-based localization", 2017), in float32 and evaluation mode. Leaves the
/// model in training mode. Throws Error(usage) where the model makes no feature map.
at::Tensor grad_cam(ImageModel& model, const at::Tensor& images, const at::Tensor& outputs);

}  // namespace lockstep
