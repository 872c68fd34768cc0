#pragma once

#include <nccl.h>

#include "core/error.h"

namespace lockstep {

/// Whether NCCL failed in the call itself, or found later that an operation did not work out.
enum class NcclMoment { call, later };

/// How the program ends where NCCL says `result`, which is not ncclSuccess: rank_lost where another
/// rank or the network is gone, which it may find in a call, and usually finds later; usage where
/// NCCL is not used as this machine allows; else internal. As NCCL's manual explains the results.
ExitCode nccl_exit_code(ncclResult_t result, NcclMoment moment);

/// Throws an Error with that code, NCCL's reason and its last message, unless `result` is
/// ncclSuccess. `what` failed: "ncclSend".
void check_nccl(ncclResult_t result, const char* what, ncclComm_t comm = nullptr,
                NcclMoment moment = NcclMoment::call);

}  // namespace lockstep
