#include "trainer/lane/host_copy.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(HostCopy, HoldsTheValuesOfItsMoment) {
  at::Tensor source = at::tensor({1.0f, 2.0f, 3.0f});
  const HostCopy copy(source.narrow(0, 1, 2));
  source.zero_();
  copy.wait();
  ASSERT_TRUE(copy.arrived());
  EXPECT_TRUE(at::equal(copy.values(), at::tensor({2.0f, 3.0f})));
  EXPECT_TRUE(copy.values().is_contiguous());
}

TEST(DeviceCopy, IsTheTensorItselfOnTheCpu) {
  const at::Tensor host = at::tensor({1.0, 2.0});
  EXPECT_EQ(device_copy(host, at::kCPU).const_data_ptr(), host.const_data_ptr());
}

TEST(DeviceMark, HasAlwaysBeenPassedOnTheCpu) {
  const DeviceMark mark(at::kCPU);
  EXPECT_TRUE(mark.passed());
  mark.wait();
  mark.block_current_stream();
}

}  // namespace
}  // namespace lockstep
