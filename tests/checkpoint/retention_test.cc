#include "checkpoint/retention.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

using Steps = std::vector<std::int64_t>;

struct Case {
  Steps steps;
  int keep;
  std::optional<std::int64_t> best;
  Steps deleted;
};

TEST(Retention, KeepsTheNewestAndTheBest) {
  const std::vector<Case> cases = {
      {{}, 3, std::nullopt, {}},
      {{1}, 1, std::nullopt, {}},
      {{1, 2, 3}, 3, std::nullopt, {}},
      {{1, 2, 3, 4}, 3, std::nullopt, {1}},
      {{1, 2, 3, 4}, 1, std::nullopt, {1, 2, 3}},
      {{1, 2, 3, 4}, 3, 1, {}},                // the best is the oldest
      {{1, 2, 3, 4, 5}, 3, 1, {2}},            // it has an extra place
      {{1, 2, 3, 4, 5}, 3, 4, {1, 2}},         // it is among the newest: no extra place is used
      {{1, 2, 3, 4, 5}, 3, 77, {1, 2}},        // it is not there any more
      {{1, 2, 3, 4, 5}, 0, std::nullopt, {}},  // all
      {{10, 20}, 100, std::nullopt, {}},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(steps_to_delete(one.steps, one.keep, one.best), one.deleted)
        << "keep " << one.keep << " of " << ::testing::PrintToString(one.steps);
  }
}

TEST(Retention, TheNewestIsNeverDeleted) {
  for (int count = 1; count < 8; ++count) {
    Steps steps;
    for (int i = 0; i < count; ++i) steps.push_back(i * 10);
    for (int keep = 0; keep < 10; ++keep) {
      for (const std::int64_t step : steps_to_delete(steps, keep, std::nullopt)) {
        EXPECT_LT(step, steps.back());
      }
    }
  }
}

TEST(Retention, ThereIsAlwaysOneToGoBackToAndNotMuchFurther) {
  constexpr std::int64_t kBack = 20;
  for (const std::int64_t every : {1, 3, 7, 30}) {
    for (const int keep : {1, 3}) {
      Steps steps = {0};
      for (std::int64_t step = every; step < 300; step += every) {
        steps.push_back(step);
        for (const std::int64_t gone : steps_to_delete(steps, keep, std::nullopt, kBack)) {
          std::erase(steps, gone);
        }
        const auto behind =
            std::ranges::upper_bound(steps, std::max<std::int64_t>(step - kBack, 0));
        ASSERT_NE(behind, steps.begin()) << "every " << every << ", at " << step;
        EXPECT_GT(*(behind - 1), step - 2 * kBack - 2 * every) << "every " << every;
        EXPECT_LE(steps.size(), static_cast<std::size_t>(keep) + 2);
      }
    }
  }
}

}  // namespace
}  // namespace lockstep
