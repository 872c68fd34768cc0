#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "launcher/config/config_yaml.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Config parse(std::string_view yaml) { return parse_config(yaml, "test.yaml", {{"data.pack=p"}}); }

TEST(TextList, OneSplitAloneIsATextAndSeveralAreAList) {
  for (const char* yaml : {"data: {train: a}", "data: {train: [a]}"}) {
    EXPECT_THAT(parse(yaml).data.train, ElementsAre("a")) << yaml;
    EXPECT_THAT(to_yaml(parse(yaml)), HasSubstr("\n  train: a\n")) << yaml;
  }
  const Config two = parse("data: {train: [train, valid]}");
  EXPECT_THAT(two.data.train, ElementsAre("train", "valid"));
  EXPECT_THAT(to_yaml(two), HasSubstr("\n  train: [train, valid]\n"));
  EXPECT_THAT(to_text(config_diff(parse(""), two)),
              HasSubstr("data.train: train in the run, [train, valid] now"));
  EXPECT_THAT(to_text(config_diff(parse(""), parse("data: {classes: [a, b]}"))),
              HasSubstr("data.classes: [] in the run, [a, b] now"));
}

TEST(TextList, NamesInAListReadBackWhateverTheyAre) {
  const std::vector<std::string> names = {
      "a, b", "[x]", "{y}", "a: b", "#c", "- d", "null", "~",    "true", "1", "'", "\"",
      "\n\t", " e ", "*f",  "&g",   "!h", "%i",  "?",    "a\\b", "|",    ">", "=", "\u00e9\u4e2d"};
  Config config = parse("");
  config.data.train = names;
  for (int i = 0; i < 1000; ++i) config.data.classes.push_back(fmt::format("class, {}", i));
  const Config back = parse_config(to_yaml(config), "written");
  EXPECT_EQ(back.data.train, names);
  EXPECT_EQ(back.data.classes, config.data.classes);
  for (const std::string& name : names) {
    config.data.train = {name};
    EXPECT_THAT(parse_config(to_yaml(config), "written").data.train, ElementsAre(name));
  }
}

}  // namespace
}  // namespace lockstep
