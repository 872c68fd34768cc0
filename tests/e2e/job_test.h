#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/program.h"

namespace lockstep {

inline void flip_byte(const std::filesystem::path& path, std::uintmax_t offset) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  const char byte = static_cast<char>(file.get());
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(byte ^ 0x10));
}

/// Tests that share a small job.
class JobTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { job_ = std::make_unique<SmallJob>(); }
  static void TearDownTestSuite() { job_.reset(); }

  void expect(int code, const std::string& message, const std::vector<std::string>& arguments) {
    const ProgramResult result = lockstep_program(arguments);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_THAT(result.err, testing::HasSubstr(message));
  }

  inline static std::unique_ptr<SmallJob> job_;
};

}  // namespace lockstep
