// Files of torch.save that are made to harm (weights/load_weights_test.cc reads those that are
// not).

#include "models/saved/torch_save.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/message_of.h"

namespace lockstep {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

/// The file in memory of its own size, so that a sanitizer sees who reads beyond it.
std::string refusal(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  const std::vector<std::byte> file(bytes.begin(), bytes.end());
  return message_of(ExitCode::data, [&] { open_torch_save(file); });
}

TEST(TorchSave, AnOldFileThatEndsBehindItsMagicNumberIsCutShort) {
  const std::string magic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"s;
  EXPECT_THAT(refusal(magic), HasSubstr("it has only 14 bytes"));
  EXPECT_THAT(refusal(magic + "."), HasSubstr("the pickle ends at byte 0"));
}

}  // namespace
}  // namespace lockstep
