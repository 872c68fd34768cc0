#include "analysis/examples.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Three classes; the logits are the logarithms of these probabilities.
ScoredSamples of_classes(const std::vector<std::vector<double>>& probabilities,
                         const std::vector<std::int64_t>& labels) {
  ScoredSamples samples{.width = probabilities[0].size(), .labels = labels};
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    samples.numbers.push_back(i);
    for (const double one : probabilities[i]) {
      samples.outputs.push_back(static_cast<float>(std::log(one)));
    }
    samples.losses.push_back(-std::log(probabilities[i][static_cast<std::size_t>(labels[i])]));
  }
  return samples;
}

ScoredSamples six_samples() {
  return of_classes({{0.8, 0.1, 0.1},     // right
                     {0.6, 0.3, 0.1},     // 0 for 1
                     {0.9, 0.05, 0.05},   // 0 for 1, sure
                     {0.34, 0.33, 0.33},  // 0 for 2, least certain
                     {0.3, 0.5, 0.2},     // right
                     {0.45, 0.15, 0.4}},  // right
                    {0, 1, 1, 2, 1, 0});
}

TEST(Examples, OfClassesAreThoseThatTheModelGetsWrong) {
  const Examples examples =
      choose_examples(six_samples(), {}, {.each = 2, .pairs = 2, .of_pair = 8, .seed = 1});
  EXPECT_THAT(examples.largest_losses, ElementsAre(2, 1));
  EXPECT_THAT(examples.surest_mistakes, ElementsAre(2, 1));
  EXPECT_THAT(examples.least_certain, ElementsAre(3, 5));
  ASSERT_EQ(examples.pairs.size(), 2u);
  EXPECT_EQ(examples.pairs[0].pair.truth, 1u);
  EXPECT_EQ(examples.pairs[0].pair.prediction, 0u);
  EXPECT_THAT(examples.pairs[0].samples, ElementsAre(2, 1));
  EXPECT_THAT(examples.pairs[1].samples, ElementsAre(3));
}

TEST(Examples, AreDrawnAmongTheRightOnesByTheSeedAlone) {
  const auto drawn = [](std::uint64_t seed, std::size_t each) {
    return choose_examples(six_samples(), {}, {.each = each, .seed = seed}).drawn;
  };
  EXPECT_THAT(drawn(0, 9), ElementsAre(0, 4, 5));
  std::vector<std::vector<std::size_t>> different;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(drawn(seed, 1), drawn(seed, 1));
    if (std::ranges::find(different, drawn(seed, 1)) == different.end()) {
      different.push_back(drawn(seed, 1));
    }
  }
  EXPECT_EQ(different.size(), 3u);
}

TEST(Examples, OfTwoClassesWithAThresholdAreUncertainAroundIt) {
  const ScoredSamples samples = of_classes({{0.5, 0.5}, {0.79, 0.21}, {0.9, 0.1}}, {0, 0, 1});
  const Decisions decisions{{0.2}};
  EXPECT_THAT(choose_examples(samples, decisions, {}).least_certain, ElementsAre(1, 2, 0));
  EXPECT_NEAR(stated_probability(samples.outputs_of(1), decisions), 0.21, 1e-6);
}

TEST(Examples, OfLabelsAreSureOfTheOneThatIsWrong) {
  ScoredSamples samples{.numbers = {0, 1, 2},
                        .width = 2,
                        .outputs = {3, -5, 2, 1, -4, 0.1f},
                        .targets = {1, 0, 1, 0, 1, 1},
                        .losses = {0.1, 0.9, 2}};
  const Examples examples = choose_examples(samples, {}, {});
  EXPECT_THAT(examples.largest_losses, ElementsAre(2, 1, 0));
  EXPECT_THAT(examples.surest_mistakes, ElementsAre(2, 1));
  EXPECT_THAT(examples.least_certain, ElementsAre(2, 1, 0));
  EXPECT_THAT(examples.drawn, ElementsAre(0));
  EXPECT_THAT(examples.pairs, IsEmpty());
}

TEST(Examples, OfNumbersAreTheLargestErrors) {
  const ScoredSamples samples{.numbers = {0, 1, 2},
                              .width = 1,
                              .outputs = {1, 2, 3},
                              .targets = {1, 4, 2},
                              .losses = {0, 4, 1}};
  const Examples examples = choose_number_examples(samples, {.each = 2});
  EXPECT_THAT(examples.largest_losses, ElementsAre(1, 2));
  EXPECT_THAT(examples.surest_mistakes, IsEmpty());
  EXPECT_EQ(examples.drawn.size(), 2u);
}

TEST(FlippedSamples, AreThoseThatOneModelAloneHasRight) {
  const ScoredSamples first = of_classes({{0.9, 0.1}, {0.9, 0.1}, {0.9, 0.1}}, {0, 1, 0});
  const ScoredSamples second = of_classes({{0.1, 0.9}, {0.1, 0.9}, {0.6, 0.4}}, {0, 1, 0});
  const FlippedSamples flipped = flipped_samples(first, second, {});
  EXPECT_THAT(flipped.fixed, ElementsAre(1));
  EXPECT_THAT(flipped.broken, ElementsAre(0));
}

TEST(MostConfusedClasses, AreThoseOfTheLargestPairs) {
  const std::vector<std::int64_t> truths = {0, 3, 3, 1, 2}, predictions = {0, 4, 4, 3, 2};
  const Confusion confusion = confusion_of(truths, predictions, 5);
  EXPECT_THAT(most_confused_classes(confusion, 2), ElementsAre(3, 4));
  EXPECT_THAT(most_confused_classes(confusion, 4), ElementsAre(0, 1, 3, 4));
  EXPECT_THAT(most_confused_classes(confusion, 9), ElementsAre(0, 1, 2, 3, 4));
}

}  // namespace
}  // namespace lockstep
