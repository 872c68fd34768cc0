#include "core/printable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

TEST(Printable, OrdinaryTextStaysInAnyScript) {
  for (const char* text : {"", "cat", "dir/Café 猫.jpg", "a\\b", "50 % \"x\" {}", "🐈"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, WhatATerminalActsOnIsEscaped) {
  EXPECT_EQ(printable("a\x1b[31mb"), "a\\u001b[31mb");
  EXPECT_EQ(printable("a\nb\rc\td"), "a\\nb\\rc\\td");
  EXPECT_EQ(printable(std::string_view("a\0b\x7f", 4)), "a\\u0000b\\u007f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m");                                  // CSI in one character
  EXPECT_EQ(printable("\u202egpj.exe"), "\\u202egpj.exe");  // shown from right to left
  EXPECT_EQ(printable("a\u2028b"), "a\\u2028b");
}

TEST(Printable, BytesThatAreNotUtf8AreShownAsSuch) {
  EXPECT_EQ(printable("\x9b"), "\\x9b");
  EXPECT_EQ(printable("Caf\xe9.jpg"), "Caf\\xe9.jpg");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");           // overlong
  EXPECT_EQ(printable("\xe0\x80\x8a"), "\\xe0\\x80\\x8a");  // a newline, overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a surrogate
  EXPECT_EQ(printable("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
  EXPECT_EQ(printable("\xe7\x8c"), "\\xe7\\x8c");  // cut short
}

TEST(Printable, IsTheSameWhenDoneTwice) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(printable(printable(all)), printable(all));
  for (const char c : printable(all)) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
}

TEST(Printable, LinesOfOurOwnStayLines) {
  EXPECT_EQ(printable_lines("a\n\tb\x1b\n"), "a\n\tb\\u001b\n");
}

TEST(Printable, JsonStaysTheSameJson) {
  const nlohmann::json json = {{"name", "a\x1b\x7f\u009b\u202e\nb"}};
  const std::string text = printable_lines(json.dump(2));
  EXPECT_EQ(text.find('\x7f'), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(text), json);
}

TEST(Message, ArgumentsFromOutsideBecomePrintable) {
  const std::string name = "x\n\x1b]0;owned\x07";
  const auto shown = [](const auto& argument) {
    return message_of(ExitCode::data, [&] { fail(ExitCode::data, "bad '{}'", argument); });
  };
  EXPECT_EQ(shown(name), "bad 'x\\n\\u001b]0;owned\\u0007'");
  EXPECT_EQ(shown(std::string_view(name)), shown(name));
  EXPECT_EQ(shown(name.c_str()), shown(name));
  EXPECT_EQ(shown(std::filesystem::path(name)), shown(name));
  EXPECT_EQ(shown('\x1b'), "bad '\\u001b'");
  EXPECT_EQ(shown(7), "bad '7'");
  const std::vector<std::string> names{"a\nb", "c"};
  EXPECT_EQ(shown(fmt::join(names, ", ")), "bad 'a\\nb, c'");
}

TEST(Message, ItsOwnLinesStay) {
  const std::string text = message_of(ExitCode::data, [] {
    fail(ExitCode::data, "differs:\n{}end", OwnLines{"  a: 1\x1b\n  b: 2\n"});
  });
  EXPECT_EQ(text, "differs:\n  a: 1\\u001b\n  b: 2\nend");
}

TEST(Message, AnErrorNeverHoldsWhatATerminalActsOn) {
  EXPECT_STREQ(Error(ExitCode::data, "two\nlines\x1b[2J").what(), "two\nlines\\u001b[2J");
}

}  // namespace
}  // namespace lockstep
