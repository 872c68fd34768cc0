#pragma once

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace lockstep {

/// Tests run side by side, and threads that wait for each other's cores take minutes.
class OneThread : public testing::Environment {
  void SetUp() override { at::set_num_threads(1); }
};

}  // namespace lockstep
