#include "core/json_parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/message_of.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string error_of(const std::string& text) {
  return message_of(ExitCode::storage,
                    [&] { parse_json<nlohmann::json>(text, ExitCode::storage); });
}

std::string nested(std::size_t levels, char open, char close) {
  return std::string(levels, open) + std::string(levels, close);
}

TEST(ParseJson, GivesTheValue) {
  EXPECT_EQ(parse_json<nlohmann::json>(R"({"a": [1, {"b": null}], "c": {"b": 2}})", ExitCode::data),
            nlohmann::json({{"a", {1, {{"b", nullptr}}}}, {"c", {{"b", 2}}}}));
  EXPECT_EQ(parse_json<nlohmann::ordered_json>(R"({"z":1,"a":2})", ExitCode::data).dump(),
            R"({"z":1,"a":2})");
}

TEST(ParseJson, DepthIsLimitedWhileReading) {
  parse_json<nlohmann::json>(nested(kMostJsonLevels, '[', ']'), ExitCode::storage);
  for (const std::size_t levels : {kMostJsonLevels + 1, 100'000}) {
    EXPECT_THAT(error_of(nested(levels, '[', ']')), HasSubstr("more than 64 levels")) << levels;
    EXPECT_THAT(error_of(std::string(levels, '[')), HasSubstr("more than 64 levels")) << levels;
    std::string objects;
    for (std::size_t i = 0; i < levels; ++i) objects += R"({"a":)";
    EXPECT_THAT(error_of(objects + "1" + std::string(levels, '}')), HasSubstr("levels")) << levels;
  }
}

TEST(ParseJson, AKeyThatStandsTwiceIsRefused) {
  EXPECT_EQ(error_of(R"({"x": {"a": 1, "b": 2, "a": 3}})"), "it has the key 'a' twice");
}

TEST(ParseJson, WhatIsNoJsonIsRefused) {
  for (const char* text : {"", "{", "[1,]", "{} x", "nan", "[1e999]", "\xff"}) {
    EXPECT_THAT(error_of(text), AllOf(StartsWith("it is not JSON: "), Not(HasSubstr("exception"))))
        << text;
  }
  EXPECT_EQ(error_of(" \n"), "it is not JSON: it is empty");
  EXPECT_THAT(error_of("{\n x"), StartsWith("it is not JSON: line 2, column 2: "));
}

}  // namespace
}  // namespace lockstep
