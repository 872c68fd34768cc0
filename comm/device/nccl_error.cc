#include "comm/device/nccl_error.h"

namespace lockstep {
namespace {

const char* remedy_for(ExitCode code) {
  switch (code) {
    case ExitCode::rank_lost:
      return "another rank or the network is gone; see the other ranks' logs";
    case ExitCode::usage:
      return "NCCL_DEBUG=WARN says what it does not allow here";
    default:
      return "NCCL_DEBUG=INFO says more";
  }
}

}  // namespace

ExitCode nccl_exit_code(ncclResult_t result, NcclMoment moment) {
  if (moment == NcclMoment::later || result == ncclRemoteError) return ExitCode::rank_lost;
  return result == ncclInvalidUsage ? ExitCode::usage : ExitCode::internal;
}

void check_nccl(ncclResult_t result, const char* what, ncclComm_t comm, NcclMoment moment) {
  if (result == ncclSuccess) return;
  const ExitCode code = nccl_exit_code(result, moment);
  fail(code, "{} failed: {} ({}): {}", what, ncclGetErrorString(result), ncclGetLastError(comm),
       remedy_for(code));
}

}  // namespace lockstep
