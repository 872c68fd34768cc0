#include "trainer/schedule/schedule_phase.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/message_of.h"
#include "trainer/schedule/curve.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Texts = std::vector<std::string>;

std::vector<SchedulePhase> parse(const Texts& texts) {
  return parse_phases(texts, ExitCode::usage);
}

double factor_at(const Texts& texts, double progress) {
  return factor(PhasesCurve{parse(texts)}, {}, progress, {.begin = 5, .end = 100});
}

TEST(SchedulePhase, BeginsWhereTheOneBeforeEnded) {
  EXPECT_THAT(parse({"constant 1", "linear 2 to 0.5", "constant 3", "cosine 4 from 1 to 0",
                     "linear 0.5 to 2", "constant 1 from 0.25", " exponential\t1  to +1e-3 "}),
              ElementsAre(SchedulePhase{PhaseShape::constant, 1, 1, 1},
                          SchedulePhase{PhaseShape::linear, 2, 1, 0.5},
                          SchedulePhase{PhaseShape::constant, 3, 0.5, 0.5},
                          SchedulePhase{PhaseShape::cosine, 4, 1, 0},
                          SchedulePhase{PhaseShape::linear, 0.5, 0, 2},
                          SchedulePhase{PhaseShape::constant, 1, 0.25, 0.25},
                          SchedulePhase{PhaseShape::exponential, 1, 0.25, 1e-3}));
}

TEST(SchedulePhase, IsWrittenSoThatItReadsBackToTheBit) {
  const std::vector<SchedulePhase> phases = {
      {PhaseShape::linear, std::nextafter(0.1, 1), 1.0 / 3, 1000},
      {PhaseShape::constant, 1e6, 5e-324, 5e-324},
      {PhaseShape::exponential, 2, 5e-324, 0.1}};
  EXPECT_EQ(parse(to_texts(phases)), phases);
  EXPECT_THAT(to_texts(parse({"constant 2", "linear 1 to 0"})),
              ElementsAre("constant 2 from 1", "linear 1 from 1 to 0"));
}

TEST(SchedulePhase, HasTheFactorsOfItsShapeCountedFromTheRunsBeginning) {
  const Texts texts = {"linear 2 from 0.2 to 1", "cosine 4 to 0", "exponential 2 from 1 to 0.01",
                       "constant 1 from 0.5"};
  EXPECT_DOUBLE_EQ(factor_at(texts, 0), 0.2);
  EXPECT_DOUBLE_EQ(factor_at(texts, 0.5), 0.4);
  EXPECT_DOUBLE_EQ(factor_at(texts, 2), 1);
  EXPECT_NEAR(factor_at(texts, 3), 0.5 * (1 + std::sqrt(0.5)), 1e-15);
  EXPECT_NEAR(factor_at(texts, 4), 0.5, 1e-15);
  EXPECT_DOUBLE_EQ(factor_at(texts, 6), 1);
  EXPECT_DOUBLE_EQ(factor_at(texts, 7), 0.1);
  EXPECT_DOUBLE_EQ(factor_at(texts, 8.5), 0.5);
  EXPECT_DOUBLE_EQ(factor_at({"linear 2 to 0.3"}, 2), 0.3);
  EXPECT_DOUBLE_EQ(factor_at({"linear 2 to 0.3"}, 90), 0.3) << "after the last the rate stays";
}

TEST(SchedulePhase, WhatIsWrongWithWhichIsSaidWithAnExample) {
  struct Case {
    const char* text;
    const char* message;
  };
  const Case cases[] = {
      {"", "schedule phase 2, '', has no shape or no length"},
      {"linear", "has no shape or no length"},
      {"cosin 8 to 0", "has the shape 'cosin', and known are: constant, linear, cosine, expo"},
      {"cosine x to 0", "has the length 'x', which must be epochs from 0.01 to 1000000"},
      {"cosine 0 to 0", "has the length '0'"},
      {"cosine -1 to 0", "has the length '-1'"},
      {"cosine inf to 0", "has the length 'inf'"},
      {"cosine 1e9 to 0", "has the length '1e9'"},
      {"cosine 8", "has no end: add 'to FACTOR'"},
      {"cosine 8 0.1", "has '0.1' where from or to belongs"},
      {"cosine 8 to", "has '' after 'to', which must be a factor from 0 to 1000"},
      {"cosine 8 to -0.1", "has '-0.1' after 'to'"},
      {"cosine 8 to nan", "has 'nan' after 'to'"},
      {"cosine 8 to 1001", "has '1001' after 'to'"},
      {"cosine 8 from x to 0", "has 'x' after 'from'"},
      {"cosine 8 to 0 to 1", "has 'to' twice"},
      {"constant 8 to 1", "is constant and takes no 'to'"},
      {"exponential 8 to 0", "is exponential and goes from 1 to 0, but both ends must be above 0"},
      {"exponential 8 from 0 to 1", "goes from 0 to 1, but both ends"},
      {"lin\x1b 8 to 1", "'lin\\u001b'"},
  };
  for (const Case& test : cases) {
    const std::string error = message_of(ExitCode::storage, [&] {
      parse_phases(Texts{"constant 1", test.text}, ExitCode::storage);
    });
    EXPECT_THAT(error, HasSubstr(test.message));
    EXPECT_THAT(error, HasSubstr("schedule phase 2, "));
    EXPECT_THAT(error, HasSubstr("such as 'cosine 8 to 0.01'"));
  }
}

TEST(SchedulePhase, OfACheckpointIsNotTrusted) {
  const auto error_of = [](const nlohmann::json& phases) {
    const nlohmann::json json = {{"name", "phases"}, {"phases", phases}};
    return message_of(ExitCode::storage,
                      [&] { read_curve(JsonFields<nlohmann::json>(json, ExitCode::storage)); });
  };
  EXPECT_THAT(error_of({"linear 2 from 1e999 to 1"}), HasSubstr("schedule phase 1, "));
  EXPECT_THAT(error_of({1}), HasSubstr("phases"));
  EXPECT_THAT(error_of(nullptr), HasSubstr("phases"));
}

}  // namespace
}  // namespace lockstep
