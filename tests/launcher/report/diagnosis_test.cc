#include "launcher/report/diagnosis.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Metric kAccuracy{"accuracy", "accuracy", Metric::Better::higher, Metric::Format::percent};
const Metric kError{"mae", "mean absolute error", Metric::Better::lower, Metric::Format::number};

TEST(Diagnosis, IsTheTableOfAllThatIsKnown) {
  EXPECT_THAT(diagnosis_text({.metric = kAccuracy,
                              .goal = 0.95,
                              .train = 0.99,
                              .train_is_evaluated = true,
                              .valid = 0.9,
                              .test = 0.89}),
              testing::StartsWith("accuracy:\n"
                                  "  goal        95.00 %\n"
                                  "  train       99.00 %\n"
                                  "  validation  90.00 %\n"
                                  "  test        89.00 %\n"
                                  "  overfit: "));
}

TEST(Diagnosis, TheLargestStepDownDecides) {
  const auto of = [](double goal, double train, double valid, double test) {
    return diagnosis_text(
        {.metric = kAccuracy, .goal = goal, .train = train, .valid = valid, .test = test});
  };
  EXPECT_THAT(of(0.95, 0.8, 0.78, 0.77), HasSubstr("underfit: "));
  EXPECT_THAT(of(0.95, 0.8, 0.78, 0.77), HasSubstr("(by 15.00 points)"));
  EXPECT_THAT(of(0.95, 0.94, 0.84, 0.83), HasSubstr("overfit: "));
  EXPECT_THAT(of(0.95, 0.94, 0.93, 0.7), HasSubstr("shifted: "));
  EXPECT_THAT(of(0.5, 0.94, 0.84, 0.83), HasSubstr("the goal is reached; to go on:\n  overfit: "));
  EXPECT_THAT(of(0.95, 0.945, 0.945, 0.945), HasSubstr("no gap stands out"));
}

TEST(Diagnosis, OfAnErrorLessIsBetter) {
  EXPECT_THAT(diagnosis_text({.metric = kError, .goal = 2, .train = 2.1, .valid = 4, .test = {}}),
              AllOf(HasSubstr("overfit: "), HasSubstr("(by 1.9)"), Not(HasSubstr("test"))));
  EXPECT_THAT(diagnosis_text({.metric = kError, .goal = 2, .train = 5, .valid = 4, .test = {}}),
              HasSubstr("underfit: "));
}

TEST(Diagnosis, WhatIsNotKnownIsNotJudged) {
  EXPECT_THAT(
      diagnosis_text({.metric = kAccuracy, .goal = {}, .train = 0.5, .valid = {}, .test = {}}),
      AllOf(HasSubstr("while it was trained"), Not(HasSubstr("underfit"))));
  EXPECT_THAT(
      diagnosis_text({.metric = kAccuracy, .goal = {}, .train = 0.5, .valid = 0.5, .test = {}}),
      HasSubstr("task.goal says what could be reached"));
}

TEST(Diagnosis, ADistanceWithinItsUncertaintyIsNone) {
  const auto of = [](double valid_uncertainty, double test_uncertainty) {
    return diagnosis_text({.metric = kAccuracy,
                           .goal = {},
                           .train = 0.95,
                           .valid = 0.92,
                           .test = 0.86,
                           .valid_uncertainty = valid_uncertainty,
                           .test_uncertainty = test_uncertainty});
  };
  EXPECT_THAT(of(0, 0), HasSubstr("shifted: "));
  EXPECT_THAT(of(0.02, 0.08), HasSubstr("overfit: ")) << "the largest that counts";
  EXPECT_THAT(of(0.05, 0.08),
              HasSubstr("no gap stands out: the largest, 6.00 points, is within its uncertainty of "
                        "± 9.43 points"));
}

TEST(Diagnosis, TheCurvesOfTheLossesSpeakFirst) {
  const auto of = [](Trend train, Trend valid) {
    return diagnosis_text({.metric = kAccuracy,
                           .goal = {},
                           .train = 0.95,
                           .valid = 0.95,
                           .test = {},
                           .train_loss = train,
                           .valid_loss = valid});
  };
  EXPECT_THAT(of(Trend::falling, Trend::rising), HasSubstr("\n  overfitting by its curves: "));
  EXPECT_THAT(of(Trend::falling, Trend::falling), HasSubstr("train longer (train.epochs)"));
  for (const Trend valid : {Trend::unknown, Trend::level}) {
    EXPECT_THAT(of(Trend::falling, valid), AllOf(Not(HasSubstr("curves")), Not(HasSubstr("fall"))));
  }
  EXPECT_THAT(of(Trend::level, Trend::rising), Not(HasSubstr("curves")));
  EXPECT_THAT(of(Trend::level, Trend::falling), HasSubstr("the validation loss still falls"));
}

TEST(Diagnosis, WhoseLossStillFallsIsNotToStopEarlier) {
  const auto of = [](Trend valid) {
    return diagnosis_text({.metric = kError,
                           .goal = {},
                           .train = 10,
                           .valid = 13,
                           .test = {},
                           .train_loss = Trend::level,
                           .valid_loss = valid});
  };
  EXPECT_THAT(of(Trend::falling), AllOf(HasSubstr("overfit: "), Not(HasSubstr("stop earlier"))));
  EXPECT_THAT(of(Trend::level), AllOf(HasSubstr("overfit: "), HasSubstr("stop earlier")));
}

TEST(Diagnosis, WhatIsNoBetterThanAGuessHasLearnedNothing) {
  const auto of = [](double valid, double uncertainty) {
    return verdict_lines({.metric = kAccuracy,
                          .goal = 0.9,
                          .train = 0.6,
                          .valid = valid,
                          .test = {},
                          .chance = 0.25,
                          .valid_uncertainty = uncertainty});
  };
  for (const auto& lines : {of(0.25, 0), of(0.2, 0), of(0.3, 0.06)}) {
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(lines[0], AllOf(HasSubstr("nothing is learned yet"), HasSubstr("25.00 %")));
  }
  EXPECT_THAT(of(0.3, 0.04).back(), HasSubstr("underfit"));
  TaskSpec task;
  task.names = {"a", "b"};
  EXPECT_EQ(chance_of(task), 0.5);
  task.kind = TaskKind::regression;
  EXPECT_EQ(chance_of(task), std::nullopt);
}

TEST(TrendOf, IsThatOfTheEndBeyondItsScatter) {
  const auto of = [](std::vector<double> values) { return trend_of(values); };
  EXPECT_EQ(of({3, 2, 1}), Trend::unknown);
  EXPECT_EQ(of({4, 3, 2, 1}), Trend::falling);
  EXPECT_EQ(of({1, 1.01, 0.99, 1}), Trend::level);
  EXPECT_EQ(of({1, 1.3, 0.8, 1.1, 0.9}), Trend::level) << "noise";
  EXPECT_EQ(of({3, 1, 1.1, 1.2, 1.3, 1.4}), Trend::rising);
  EXPECT_EQ(of({3, 1, 1.3, 1.5, 1.5, 1.5, 1.5, 1.5}), Trend::rising) << "it rose before";
  EXPECT_EQ(of({3, 2, 1, std::nan(""), 1}), Trend::unknown);
  EXPECT_EQ(of({0.0107, 0.6, 0.9, 0.5, 0.3, 0.2, 0.06}), Trend::falling) << "one good epoch before";
  EXPECT_EQ(of({9, 0.0107, 0.0142, 0.0245, 0.0147, 0.0124, 0.011, 0.0104}), Trend::falling);
}

}  // namespace
}  // namespace lockstep
