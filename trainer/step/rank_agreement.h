#pragma once

#include <ATen/core/Tensor.h>

#include "comm/communicator/communicator.h"

namespace lockstep {

/// Collective: throws Error(usage), naming ranks and hosts, unless `values` (float32, on the host)
/// has the same bits on every rank. Ranks differ where their processors, GPU models or libraries
/// do: another kernel was chosen.
void check_equal_on_all_ranks(const at::Tensor& values, Communicator& communicator);

}  // namespace lockstep
