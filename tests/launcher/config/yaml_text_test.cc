#include "launcher/config/yaml_text.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "launcher/config/config_yaml.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string error_of(std::string_view yaml, std::vector<std::string> overrides = {}) {
  overrides.push_back("data.pack=p");
  return message_of(ExitCode::usage, [&] { parse_config(yaml, "test.yaml", overrides); });
}

TEST(Config, AliasesAndMergeKeysAreRefusedBeforeTheyAreFollowed) {
  const std::string alias = "an alias (*name) (test.yaml:1): a config has none; write the value";
  EXPECT_THAT(error_of("x: &x {y: *x}"), HasSubstr(alias));
  EXPECT_THAT(error_of("train: &x {batch: *x}"), HasSubstr(alias));
  EXPECT_THAT(error_of("", {"train={batch: &x 3, epochs: *x}"}),
              HasSubstr("an alias (*name) (the override 'train={batch: &x 3, epochs: *x}')"));
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name < 'z'; ++name) {
    bomb += fmt::format("{0}: &{0} [*{1}, *{1}, *{1}, *{1}, *{1}, *{1}, *{1}, *{1}, *{1}]\n", name,
                        static_cast<char>(name - 1));
  }
  EXPECT_THAT(error_of(bomb), HasSubstr("an alias (*name) (test.yaml:2)"));
  EXPECT_THAT(error_of("<<: {train: {batch: 3}}"), HasSubstr("a merge key (<<) (test.yaml:1)"));
  EXPECT_THAT(error_of("train:\n  <<: {batch: 3}"), HasSubstr("a merge key (<<) (test.yaml:2)"));
}

TEST(Config, DepthAndSizeAreLimited) {
  const auto nested = [](std::size_t levels) {
    return "train: {image_size: " + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_THAT(error_of(nested(30)), HasSubstr("'train.image_size' (test.yaml:1) is"));
  for (const std::size_t levels : {31, 400, 100'000}) {
    EXPECT_THAT(error_of(nested(levels)), HasSubstr("more than 32 levels")) << levels;
  }
  EXPECT_THAT(error_of("# " + std::string(1 << 20, 'x')),
              HasSubstr("a config has at most 1048576"));
}

TEST(Config, OneDocumentOfTextIsTaken) {
  EXPECT_THAT(error_of("train: {batch: 3}\n---\ntrain: {batch: 4}\n"),
              HasSubstr("more than one YAML document (test.yaml)"));
  EXPECT_THAT(error_of("", {"train.image_size=[1]\n--- [2]\n"}),
              HasSubstr("more than one YAML document"));
  // yaml-cpp takes the first for the end of the text.
  for (const char c : {'\x04', '\0', '\x1b', '\x7f'}) {
    EXPECT_THAT(error_of("train: {batch: 3}\n" + std::string(1, c) + "\ntrain: 7\n"),
                HasSubstr(fmt::format("a control character (0x{:02x}) (test.yaml:2)", c)));
  }
}

TEST(Config, AQuoteIsClosed) {
  const auto open = [](const char* quote) {
    return fmt::format("a quote ({}) that is never", quote);
  };
  EXPECT_THAT(error_of("run:\n  dir: \"runs/x\ntrain:\n  epochs: 3\n"),
              AllOf(HasSubstr(open("\"")), HasSubstr("(test.yaml:2)")));
  EXPECT_THAT(error_of("\xef\xbb\xbfrun: {seed: 3}\nmodel: {name: 'mlp}\n"),
              AllOf(HasSubstr(open("'")), HasSubstr("(test.yaml:2)")));
  EXPECT_THAT(error_of("run: {dir: \"a\\\"\n"), HasSubstr(open("\"")));
  EXPECT_THAT(error_of("run: {dir: 'a''\n"), HasSubstr(open("'")));
  EXPECT_THAT(error_of("", {"run.dir='a\n"}), HasSubstr(open("'")));
  EXPECT_THAT(error_of("run:\n  dir: !!str \"a\n"), HasSubstr(open("\"")));
  EXPECT_THAT(error_of("run:\n  dir: &x 'a\n"), HasSubstr(open("'")));
  EXPECT_THAT(error_of("run: {dir: ! it's}\ntrain: 3\n"), HasSubstr("'train'"));
  const std::vector<std::string> overrides = {"data.pack='it''s'"};
  const Config config = parse_config("run: {dir: \"a \\\" 'b'\"}\n", "test.yaml", overrides);
  EXPECT_EQ(config.run.dir, "a \" 'b'");
  EXPECT_EQ(config.data.pack, "it's");
}

TEST(Config, ANumberInQuotesIsToldToBeText) {
  EXPECT_THAT(error_of("train: {epochs: \"3\"}"), HasSubstr("what is in quotes is text"));
}

TEST(Config, AnOverrideIsTakenAsItIsUnlessItIsAList) {
  for (const char* name : {"runs/a #1", "runs/two  spaces ", "a: b", "- x", "&a", "*a", "!t", "|",
                           "#", "null", "ünï"}) {
    EXPECT_EQ(parse_config("data: {pack: x}", "c", {{std::string("run.dir=") + name}}).run.dir,
              name);
  }
  EXPECT_EQ(parse_config("data: {pack: x}", "c", {{"run.dir=\"a \\u00e9\""}}).run.dir, "a é");
  for (const char* name : {"a\nb", "a\x1b[2J", "a\tb", "\x7f"}) {
    EXPECT_THAT(message_of(ExitCode::usage,
                           [&] {
                             (void)parse_config("data: {pack: x}", "c",
                                                {{std::string("run.dir=") + name}});
                           }),
                HasSubstr("control character"));
  }
}

}  // namespace
}  // namespace lockstep
