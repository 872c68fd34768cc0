// Run under mpirun. What needs a GPU skips without one.

#include "comm/device/cuda_device.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/communicator/mpi_communicator.h"
#include "comm/device/device_identity.h"
#include "comm/reduction/transport_lane_reducer.h"
#include "core/error.h"
#include "tests/comm/reduction/lane_reducer_testing.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

DeviceIdentity device(unsigned char last_byte) {
  DeviceIdentity identity;
  identity.uuid = {0x01, 0x23, 0x45, 0x67};
  identity.uuid.back() = last_byte;
  std::strncpy(identity.host.data(), "node7", identity.host.size() - 1);
  return identity;
}

TEST(OneRankPerDevice, DifferentDevicesAreFine) {
  EXPECT_NO_THROW(check_one_rank_per_device(std::vector{device(1), device(2), device(3)}));
}

TEST(OneRankPerDevice, NamesTheRanksThatShareOne) {
  EXPECT_THAT(
      message_of(
          ExitCode::usage,
          [&] {
            check_one_rank_per_device(std::vector{device(1), device(2), device(3), device(2)});
          }),
      testing::StartsWith(
          "ranks 1 and 3 on host 'node7' would share one GPU "
          "(GPU-01234567-0000-0000-0000-000000000002); the job's 4 ranks use only 3"));
}

TEST(CudaDevice, IsRefusedWhereThereIsNone) {
  if (cuda_device_count() > 0) GTEST_SKIP() << "there is one";
  EXPECT_THROW(choose_cuda_device({}), Error);
}

/// Whether ranks may share a GPU, for a trial of NCCL on one.
bool gpus_are_shared() {
  const char* share = std::getenv("LOCKSTEP_SHARE_GPU");
  return share && std::string_view(share) == "1";
}

class Nccl : public testing::TestWithParam<ReductionKind> {
 protected:
  void SetUp() override {
    if (cuda_device_count() == 0)
      GTEST_SKIP() << "no GPU is visible, or the program is built without CUDA";
    host_ = make_mpi_communicator();
    if (host_->size() > cuda_device_count() && !gpus_are_shared())
      GTEST_SKIP() << "NCCL needs a GPU for each rank";
  }
  std::unique_ptr<Communicator> host_;
};

TEST(NcclDevices, TwoRanksOnOneDeviceAreRefusedBeforeNcclIsAsked) {
  if (cuda_device_count() == 0)
    GTEST_SKIP() << "no GPU is visible, or the program is built without CUDA";
  auto host = make_mpi_communicator();
  if (host->size() <= cuda_device_count()) GTEST_SKIP() << "there is a GPU for each rank";
  if (gpus_are_shared()) GTEST_SKIP() << "LOCKSTEP_SHARE_GPU allows it";
  const int chosen = choose_cuda_device(host->topology());
  message_of(ExitCode::usage, [&] { make_cuda_transport(*host, chosen, 60); });
}

INSTANTIATE_TEST_SUITE_P(Kinds, Nccl, testing::Values(ReductionKind::exact, ReductionKind::fast));

TEST_P(Nccl, SumsLanesOnTheDevice) {
  const int chosen = choose_cuda_device(host_->topology());
  use_cuda_device(chosen);
  const int lanes = host_->size() + 2;
  constexpr std::int64_t kElements = 600'011;
  TransportLaneReducer reducer(host_->topology(), make_cuda_transport(*host_, chosen, 60),
                               {.kind = GetParam(), .lanes = lanes, .elements = kElements},
                               {.first_elements = 10'000, .elements = 100'000}, "test");
  const LaneRange mine = lanes_of_rank(lanes, host_->rank(), host_->size());
  for (int step = 0; step < 5; ++step) {
    for (int lane = mine.first; lane < mine.last; ++lane) {
      at::Tensor slot = reducer.slots()[reducer.begin_lane(lane)];
      slot.copy_(at::tensor(lane_values(kElements, lane, step)));
      if (lane + 1 == mine.last) {
        reducer.ready(kElements / 2, kElements);
        reducer.ready(0, kElements / 3);
      }
      reducer.end_lane(lane);
    }
    const at::Tensor sum = reducer.reduce().cpu();
    expect_sum(GetParam(), sum, serial_sum(kElements, lanes, step));
  }
}

}  // namespace
}  // namespace lockstep
