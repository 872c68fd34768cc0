#include "checkpoint/agreement.h"

#include <new>
#include <stdexcept>

#include <gtest/gtest.h>

#include "core/error.h"

namespace lockstep {
namespace {

ExitCode code_of(const std::function<void()>& work) {
  const auto communicator = make_single_communicator();
  try {
    do_together(*communicator, work);
    return ExitCode::ok;
  } catch (const Error& error) {
    return error.code();
  }
}

TEST(DoTogether, EveryKindOfFailureBecomesAnError) {
  EXPECT_EQ(code_of([] {}), ExitCode::ok);
  EXPECT_EQ(code_of([] { fail(ExitCode::storage, "disk full"); }), ExitCode::storage);
  EXPECT_EQ(code_of([] { throw std::bad_alloc(); }), ExitCode::internal);
  EXPECT_EQ(code_of([] { throw std::logic_error("a bug"); }), ExitCode::internal);
}

}  // namespace
}  // namespace lockstep
