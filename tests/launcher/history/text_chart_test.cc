#include "launcher/history/text_chart.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<TextSeries> kFalling = {{"train/loss", 0, {{0, 4}, {2, 2}, {4, 1}}},
                                          {"valid/loss", 'o', {{2, 3}, {4, 2}}}};

TEST(TextChart, InAsciiHasDotsAndMarks) {
  EXPECT_EQ(text_chart("epoch", kFalling, {.columns = 34}),
            "            .. train/loss   o valid/loss\n"
            "         4 |.\n"
            "           | ..\n"
            "           |   ..\n"
            "           |     .    o\n"
            "           |      ..\n"
            "           |        ..\n"
            "           |          ..        o\n"
            "           |            ...\n"
            "           |               ....\n"
            "         1 |                   ..\n"
            "            epoch 0             4\n");
}

TEST(TextChart, InUnicodeHasFourTimesTheRows) {
  const std::string chart = text_chart("epoch", std::vector<TextSeries>{{"x", 0, {{0, 0}, {1, 1}}}},
                                       {.columns = 29, .is_utf8 = true});
  EXPECT_EQ(chart,
            "            ⠤⠤ x\n"
            "         1 │              ⢠⠊\n"
            "           │            ⢀⠔⠁\n"
            "           │           ⡠⠊\n"
            "           │         ⢀⠜\n"
            "           │        ⡰⠁\n"
            "           │      ⢀⠎\n"
            "           │     ⡔⠁\n"
            "           │   ⡠⠊\n"
            "           │ ⢀⠔⠁\n"
            "         0 │⡠⠃\n"
            "            epoch 0        1\n");
}

TEST(TextChart, LeavesOutWhatIsNotFiniteAndIsEmptyWithoutPoints) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(text_chart("epoch", {}, {}), "");
  EXPECT_EQ(text_chart("epoch", std::vector<TextSeries>{{"x", 0, {{1, nan}}}}, {}), "");
  std::vector<TextSeries> series = kFalling;
  series[0].points.insert(series[0].points.begin() + 1, {1, nan});
  series.push_back({"none", 'x', {}});
  EXPECT_EQ(text_chart("epoch", series, {.columns = 34}),
            text_chart("epoch", kFalling, {.columns = 34}));
}

TEST(TextChart, DrawsOnePointAndOneValueInTheMiddle) {
  const std::string chart =
      text_chart("epoch", std::vector<TextSeries>{{"x", 'a', {{3, 0.5}}}}, {.columns = 1});
  EXPECT_THAT(chart, HasSubstr("       0.5 |\n"));
  EXPECT_THAT(chart, HasSubstr("|        a\n"));
}

TEST(TextChart, HasColoursOnlyWhereTheyAreAskedFor) {
  EXPECT_THAT(text_chart("epoch", kFalling, {}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(text_chart("epoch", kFalling, {.has_colours = true}),
              HasSubstr("\x1b[33mo\x1b[0m valid/loss"));
}

TEST(TextChart, GivesANameNoPowerOverTheTerminal) {
  EXPECT_THAT(text_chart("epoch", std::vector<TextSeries>{{"\x1b[2J", 0, {{1, 1}}}}, {}),
              Not(HasSubstr("\x1b")));
}

TEST(TextStyle, FollowsTheLocaleAndTheKindOfFile) {
  FILE* const file = std::tmpfile();
  const int fd = ::fileno(file);
  EXPECT_FALSE(style_of(fd, {}).is_utf8);
  EXPECT_FALSE(style_of(fd, {{"LANG", "C"}}).is_utf8);
  EXPECT_TRUE(style_of(fd, {{"LANG", "de_DE.UTF-8"}}).is_utf8);
  EXPECT_TRUE(style_of(fd, {{"LANG", "C"}, {"LC_CTYPE", "C.utf8"}}).is_utf8);
  EXPECT_FALSE(style_of(fd, {{"LANG", "C.UTF-8"}, {"LC_ALL", "C"}}).is_utf8);
  EXPECT_TRUE(style_of(fd, {{"LANG", "C.UTF-8"}, {"LC_ALL", ""}}).is_utf8);
  EXPECT_FALSE(style_of(fd, {}).has_colours) << "a file";
  std::fclose(file);
}

}  // namespace
}  // namespace lockstep
