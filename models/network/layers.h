#pragma once

#include <span>
#include <vector>

#include <torch/nn/modules/conv.h>

namespace lockstep {

/// A convolution without bias that keeps the image's size, or divides it by `stride`.
torch::nn::Conv2d conv(int in, int out, int kernel, int stride = 1, int groups = 1);

/// x [B, C, H, W] -> the mean over each image [B, C]. A mean and not AdaptiveAvgPool2d, whose
/// backward has no deterministic CUDA kernel.
at::Tensor image_mean(const at::Tensor& x);

/// The blocks of each stage: `given`, where there are any, else the network's own without the
/// stages of 0 blocks.
std::vector<int> stage_lengths(std::span<const int> own, const std::vector<int>& given);

/// `channels` x `factor` as a whole number of at least 1.
int scaled(int channels, double factor);

/// The multiple of 8 that is nearest to `channels`, but not below 0.9 of it: what the mobile
/// networks make of scaled channels.
int multiple_of_8(double channels);

}  // namespace lockstep
