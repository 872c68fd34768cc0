#pragma once

#include <cstdint>

#include <torch/nn/module.h>

namespace lockstep {

/// Draws every parameter of `module` (on the CPU) from a generator seeded by (seed, the parameter's
/// name): convolutions from a normal distribution of standard deviation sqrt(2 / fan_out) (He et
/// al. 2015, as torchvision does), linear layers uniformly in +-1 / sqrt(fan_in), BatchNorm as ones
/// and zeros, its running statistics as 0 and 1. Throws Error(internal) for a parameter of a kind
/// that it does not know.
void initialize(torch::nn::Module& module, std::uint64_t seed);

}  // namespace lockstep
