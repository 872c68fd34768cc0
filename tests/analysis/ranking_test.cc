#include "analysis/ranking.h"

#include <array>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

// scikit-learn 1.8: average_precision_score and roc_auc_score of the same numbers.
TEST(Ranking, EqualsScikitLearnsAlsoWithEqualScores) {
  constexpr std::array<float, 10> scores = {0.9f, 0.8f, 0.8f, 0.8f, 0.5f,
                                            0.4f, 0.4f, 0.1f, 0.1f, 0.0f};
  constexpr std::array<bool, 10> positive = {true, false, true,  true, false,
                                             true, false, false, true, false};
  const Ranking ranking = rank_scores(scores, positive).value();
  EXPECT_NEAR(ranking.average_precision, 0.7253968253968255, 1e-12);
  EXPECT_NEAR(ranking.roc_area, 0.72, 1e-12);
}

TEST(Ranking, DoesNotDependOnTheOrder) {
  constexpr std::array<float, 5> scores = {0.5f, 0.1f, 0.5f, 0.3f, 0.3f};
  constexpr std::array<bool, 5> positive = {true, false, false, true, false};
  constexpr std::array<float, 5> other_scores = {0.3f, 0.5f, 0.1f, 0.3f, 0.5f};
  constexpr std::array<bool, 5> other_positive = {false, false, false, true, true};
  const Ranking one = rank_scores(scores, positive).value();
  const Ranking other = rank_scores(other_scores, other_positive).value();
  EXPECT_EQ(one.average_precision, other.average_precision);
  EXPECT_EQ(one.roc_area, other.roc_area);
}

TEST(Ranking, TheBestAndTheWorst) {
  constexpr std::array<float, 4> scores = {4, 3, 2, 1};
  EXPECT_EQ(rank_scores(scores, std::array{true, true, false, false})->average_precision, 1);
  EXPECT_EQ(rank_scores(scores, std::array{true, true, false, false})->roc_area, 1);
  EXPECT_EQ(rank_scores(scores, std::array{false, false, true, true})->roc_area, 0);
}

TEST(Ranking, WhereAllAreAlikeThereIsNone) {
  constexpr std::array<float, 2> scores = {1, 2};
  EXPECT_FALSE(rank_scores(scores, std::array{true, true}));
  EXPECT_FALSE(rank_scores(scores, std::array{false, false}));
  EXPECT_FALSE(rank_scores({}, {}));
}

}  // namespace
}  // namespace lockstep
