// Needs NCCL's header and library, and no GPU.

#include "comm/device/nccl_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/message_of.h"

namespace lockstep {
namespace {

TEST(NcclError, APeerThatIsGoneIsALostRankHoweverItIsFound) {
  EXPECT_EQ(nccl_exit_code(ncclRemoteError, NcclMoment::call), ExitCode::rank_lost);
  for (const ncclResult_t found : {ncclRemoteError, ncclSystemError, ncclUnhandledCudaError}) {
    EXPECT_EQ(nccl_exit_code(found, NcclMoment::later), ExitCode::rank_lost);
  }
}

TEST(NcclError, OthersKeepTheirKind) {
  EXPECT_EQ(nccl_exit_code(ncclInvalidUsage, NcclMoment::call), ExitCode::usage);
  for (const ncclResult_t result :
       {ncclInternalError, ncclSystemError, ncclUnhandledCudaError, ncclInvalidArgument}) {
    EXPECT_EQ(nccl_exit_code(result, NcclMoment::call), ExitCode::internal);
  }
}

TEST(NcclError, SaysWhatFailedAndWhyAndNothingForSuccess) {
  EXPECT_NO_THROW(check_nccl(ncclSuccess, "ncclSend"));
  EXPECT_THAT(message_of(ExitCode::rank_lost, [] { check_nccl(ncclRemoteError, "ncclSend"); }),
              testing::AllOf(testing::StartsWith(std::string("ncclSend failed: ") +
                                                 ncclGetErrorString(ncclRemoteError)),
                             testing::HasSubstr("see the other ranks' logs")));
}

}  // namespace
}  // namespace lockstep
