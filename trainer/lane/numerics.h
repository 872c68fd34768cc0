#pragma once

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

#include "models/network/image_model.h"
#include "trainer/lane/precision.h"

namespace lockstep {

/// A forward pass of `images` [B, C, H, W] in `precision` (resolved: fp32 or bf16) -> the outputs
/// [B, K] float32.
at::Tensor run_network(ImageModel& model, const at::Tensor& images, Precision precision);

/// What `automatic` means on this device; other values are returned as they are. `has_bf16`: the
/// device is a GPU that computes in it. Throws Error(usage) where bf16 is asked for on a GPU that
/// does not.
Precision resolve_precision(Precision precision, at::Device device, bool has_bf16);

/// Whether this machine's processor has instructions for bf16.
bool cpu_computes_in_bf16();

/// Why `precision` (resolved) is slow on this device, in a few words; empty where it is not.
std::string slow_precision(Precision precision, at::Device device, bool cpu_has_bf16);

/// How often `device` had no memory for a request since the process began. Where a library asked,
/// it may have gone on otherwise. 0 on a CPU.
std::int64_t failed_allocations(at::Device device);

/// The most memory, in bytes, that this process has held so far: LibTorch's part of a GPU's, or all
/// of the host's.
std::uint64_t peak_memory(at::Device device);

/// Seeds LibTorch's generators (dropout) for one lane of one step.
void seed_lane(std::uint64_t seed, std::int64_t step, int lane);

/// Makes LibTorch's results repeatable: deterministic algorithms only (others throw), no
/// autotuning, no TF32; sets the number of threads. Call once, before the first use of a GPU.
void make_deterministic(int threads);

}  // namespace lockstep
