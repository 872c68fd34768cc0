#pragma once

#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "core/error.h"

namespace lockstep {

/// The message of the Error that `work` throws, which must have `code`:
///
///     EXPECT_THAT(message_of(ExitCode::data, [&] { pack.open(); }), HasSubstr("pack.json"));
inline std::string message_of(ExitCode code, const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return {};
}

}  // namespace lockstep
