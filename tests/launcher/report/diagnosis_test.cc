#include "launcher/report/diagnosis.h"

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

}  // namespace
}  // namespace lockstep
