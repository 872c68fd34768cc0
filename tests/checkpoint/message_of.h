#pragma once

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "core/error.h"

namespace lockstep {

/// The message of the Error that `work` throws, which must have `code`.
inline std::string message_of(const std::function<void()>& work,
                              ExitCode code = ExitCode::storage) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return {};
}

}  // namespace lockstep
