#pragma once

#include <span>
#include <string>

#include "core/storage/safetensors.h"

namespace lockstep {

/// The digest by which two runs are compared: XXH3-128, as 32 hexadecimal digits, over every tensor
/// of the model (parameters and buffers) in name order (bytewise), then every tensor of the
/// optimizer in name order. Each tensor gives four fields: its name behind "model/" or
/// "optimizer/", its dtype as safetensors writes it ("F32"), its shape as little-endian int64, its
/// bytes. Each field is preceded by its length in bytes, a little-endian uint64.
std::string state_digest(std::span<const TensorView> model, std::span<const TensorView> optimizer);

}  // namespace lockstep
