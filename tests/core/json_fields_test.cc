#include "core/json_fields.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const nlohmann::ordered_json kFile = nlohmann::ordered_json::parse(R"({
  "name": "mine", "size": 7, "negative": -3, "huge": 18446744073709551615, "part": 0.5,
  "nothing": null, "names": ["b", "a"], "mixed": ["b", 1], "mean": [0.5, 1],
  "splits": {"train": {"shards": [{"size": 3}, {"size": "x"}]}, "a": {}}})");

/// The message of the Error that `body` throws, which must be of the fields' code.
std::string message_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::storage);
    return error.what();
  }
  return "no error";
}

class JsonFieldsTest : public testing::Test {
 protected:
  JsonFields<nlohmann::ordered_json> fields_{kFile, ExitCode::storage};
};

TEST_F(JsonFieldsTest, GiveWhatIsThere) {
  EXPECT_EQ(fields_.text("name"), "mine");
  EXPECT_EQ(fields_.integer<int>("size"), 7);
  EXPECT_EQ(fields_.integer<int>("negative", -3, -3), -3);
  EXPECT_EQ(fields_.integer<std::uint64_t>("huge"), ~std::uint64_t{0});
  EXPECT_EQ(fields_.number("part"), 0.5);
  EXPECT_EQ(fields_.number("size"), 7.0);
  EXPECT_TRUE(fields_.at("nothing").is_null());
  EXPECT_THAT(fields_.texts("names"), ElementsAre("b", "a"));
  EXPECT_THAT(fields_.numbers("mean"), ElementsAre(0.5, 1));
  EXPECT_THAT(fields_.object("splits").keys(), ElementsAre("train", "a"));
  EXPECT_TRUE(fields_.has("size"));
  EXPECT_FALSE(fields_.has("sizes"));
}

TEST_F(JsonFieldsTest, AMissingFieldIsNamedByItsPath) {
  EXPECT_EQ(message_of([&] { fields_.text("nam"); }), "'nam' is missing");
  EXPECT_EQ(message_of([&] { fields_.object("splits").object("a").number("mean"); }),
            "'splits.a.mean' is missing");
}

TEST_F(JsonFieldsTest, ANumberOutOfItsRangeIsNamed) {
  EXPECT_EQ(message_of([&] {
              fields_.number("size", {0, 6.5});
            }),
            "'size' is 7, not a number from 0 to 6.5");
  EXPECT_EQ(message_of([&] {
              fields_.numbers("mean", {0, 0.75});
            }),
            "'mean[1]' is 1, not a number from 0 to 0.75");
  const auto json = nlohmann::ordered_json::parse(R"({"counts": [3, -1]})");
  const JsonFields<nlohmann::ordered_json> counts(json, ExitCode::storage);
  EXPECT_EQ(message_of([&] { counts.integers("counts", 0, 9); }),
            "'counts[1]' is -1, not a whole number from 0 to 9");
  EXPECT_EQ(fields_.number("part", {0.5, 0.5}), 0.5);
}

TEST_F(JsonFieldsTest, AnotherTypeIsNamedWithWhatIsThere) {
  EXPECT_EQ(message_of([&] { fields_.text("size"); }), "'size' is 7, not a text");
  EXPECT_EQ(message_of([&] { fields_.number("name"); }), "'name' is \"mine\", not a number");
  EXPECT_EQ(message_of([&] { fields_.number("nothing"); }), "'nothing' is null, not a number");
  EXPECT_EQ(message_of([&] { fields_.object("size"); }), "'size' is 7, not an object");
  EXPECT_EQ(message_of([&] { fields_.objects("mean"); }), "'mean[0]' is 0.5, not an object");
  EXPECT_EQ(message_of([&] { fields_.texts("mixed"); }),
            "'mixed' is [\"b\",1], not a list of texts");
  EXPECT_EQ(message_of([&] { fields_.numbers("name"); }), "'name' is \"mine\", not a list");
  const nlohmann::json list = nlohmann::json::array({1, 2});
  EXPECT_EQ(message_of([&] { JsonFields(list, ExitCode::storage); }), "it is [1,2], not an object");
}

TEST_F(JsonFieldsTest, NumbersKeepToTheirRange) {
  EXPECT_EQ(message_of([&] { fields_.integer<std::uint64_t>("negative"); }),
            "'negative' is -3, not a whole number of at least 0");
  EXPECT_EQ(message_of([&] { fields_.integer<std::int64_t>("part", 0); }),
            "'part' is 0.5, not a whole number of at least 0");
  EXPECT_EQ(message_of([&] { fields_.integer<int>("size", 1, 6); }),
            "'size' is 7, not a whole number from 1 to 6");
  EXPECT_EQ(message_of([&] { fields_.integer<int>("size", 8); }),
            "'size' is 7, not a whole number from 8 to 2147483647");
  EXPECT_THAT(message_of([&] { fields_.integer<std::uint32_t>("huge"); }), HasSubstr("'huge' is"));
  EXPECT_THAT(message_of([&] { fields_.integer<std::int64_t>("huge"); }), HasSubstr("'huge' is"));
}

TEST_F(JsonFieldsTest, AnItemOfAListIsNamedByItsNumber) {
  const auto shards = fields_.object("splits").object("train").objects("shards");
  ASSERT_EQ(shards.size(), 2u);
  EXPECT_EQ(shards[0].integer<int>("size"), 3);
  EXPECT_THAT(message_of([&] { shards[1].integer<int>("size"); }),
              HasSubstr("'splits.train.shards[1].size' is \"x\""));
}

TEST_F(JsonFieldsTest, ALongValueIsCutInTheMessage) {
  const nlohmann::json json = {{"a", std::string(1000, 'x')}};
  const JsonFields fields(json, ExitCode::storage);
  EXPECT_LT(message_of([&] { fields.number("a"); }).size(), 100u);
}

}  // namespace
}  // namespace lockstep
