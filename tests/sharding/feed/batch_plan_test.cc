#include "sharding/feed/batch_plan.h"

#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"
#include "sharding/feed/epoch_order.h"

namespace lockstep {
namespace {

using Ids = std::vector<std::uint64_t>;

/// What all ranks of a job take in `steps` steps, by the number of each batch.
std::map<std::uint64_t, BatchRequest> batches_of_all_ranks(const TrainingBatchesOptions& whole,
                                                           int ranks, std::uint64_t steps) {
  std::map<std::uint64_t, BatchRequest> batches;
  for (int rank = 0; rank < ranks; ++rank) {
    TrainingBatchesOptions options = whole;
    options.first_lane = rank * whole.lanes / ranks;
    options.last_lane = (rank + 1) * whole.lanes / ranks;
    const BatchPlan plan = training_batches(options);
    const auto own_lanes = std::uint64_t(options.last_lane - options.first_lane);
    for (std::uint64_t k = 0; k < steps * own_lanes; ++k) {
      const BatchRequest request = plan(k).value();
      EXPECT_TRUE(batches.emplace(request.index, request).second) << "two ranks took one batch";
    }
  }
  return batches;
}

TEST(TrainingPlan, TakesEachSampleOnceAnEpochOnAnyNumberOfRanks) {
  for (std::uint64_t samples = 1; samples <= 200; ++samples) {
    for (int lanes : {1, 2, 3, 4, 5}) {
      for (int batch : {1, 2, 7}) {
        const std::uint64_t global_batch = std::uint64_t(lanes * batch);
        if (samples < global_batch) continue;
        const std::uint64_t steps = samples / global_batch;
        const TrainingBatchesOptions options{
            .samples = samples, .seed = 9, .batch = batch, .lanes = lanes};
        const auto serial = batches_of_all_ranks(options, 1, 2 * steps);
        for (int ranks = 2; ranks <= lanes; ++ranks) {
          ASSERT_EQ(batches_of_all_ranks(options, ranks, 2 * steps), serial);
        }
        std::vector<Ids> taken(2);
        for (const auto& [index, request] : serial) {
          ASSERT_EQ(request.epoch, index / (steps * std::uint64_t(lanes)));
          ASSERT_TRUE(request.augment);
          Ids& ids = taken[request.epoch];
          ASSERT_EQ(request.first_position, ids.size());
          ids.insert(ids.end(), request.ids.begin(), request.ids.end());
        }
        for (std::uint64_t epoch = 0; epoch < 2; ++epoch) {
          // The epoch's order without its tail: a bijection, so each sample once.
          const EpochOrder order(samples, 9, epoch);
          Ids expected(steps * global_batch);
          for (std::uint64_t i = 0; i < expected.size(); ++i) expected[i] = order[i];
          ASSERT_EQ(taken[epoch], expected);
        }
      }
    }
  }
}

TEST(TrainingPlan, LaneAndSlotHaveTheirPosition) {
  const BatchPlan plan = training_batches({.samples = 100,
                                           .seed = 1,
                                           .start = {.epoch = 3, .offset = 10},
                                           .batch = 4,
                                           .lanes = 3,
                                           .first_lane = 1,
                                           .last_lane = 3});
  const BatchRequest request = plan(3).value();  // the second step's lane 2
  EXPECT_EQ(request.index, 1u * 3 + 2);
  EXPECT_EQ(request.epoch, 3u);
  EXPECT_EQ(request.first_position, 10u + 12 + 2 * 4);
  const EpochOrder order(100, 1, 3);
  for (std::uint64_t slot = 0; slot < 4; ++slot) EXPECT_EQ(request.ids[slot], order[30 + slot]);
}

TEST(TrainingPlan, ALaneChangeInMidEpochLeavesNoSampleOutAndTakesNoneTwice) {
  for (std::uint64_t samples : {60, 97, 200}) {
    for (int lanes_before : {1, 2, 3}) {
      for (int lanes_after : {1, 2, 4, 5}) {
        for (std::uint64_t steps_before : {1, 2, 3}) {
          const int batch = 4;
          const EpochShape shape{samples, std::uint64_t(lanes_before * batch)};
          const EpochShape shape_after{samples, std::uint64_t(lanes_after * batch)};
          TrainingBatchesOptions options{
              .samples = samples, .seed = 2, .batch = batch, .lanes = lanes_before};
          Ids taken;
          for (const auto& [index, request] : batches_of_all_ranks(options, 1, steps_before)) {
            taken.insert(taken.end(), request.ids.begin(), request.ids.end());
          }
          options.start = advance({}, steps_before, shape);
          ASSERT_EQ(options.start.epoch, 0u);
          options.lanes = lanes_after;
          const std::uint64_t rest = steps_left_in_epoch(options.start, shape_after);
          for (const auto& [index, request] : batches_of_all_ranks(options, lanes_after, rest)) {
            ASSERT_EQ(request.epoch, 0u);
            taken.insert(taken.end(), request.ids.begin(), request.ids.end());
          }
          EXPECT_GT(taken.size() + std::size_t(lanes_after * batch), samples);
          std::sort(taken.begin(), taken.end());
          EXPECT_EQ(std::adjacent_find(taken.begin(), taken.end()), taken.end());
        }
      }
    }
  }
}

TEST(TrainingPlan, TooFewSamplesAreAConfigError) {
  EXPECT_THROW(training_batches({.samples = 7, .batch = 4, .lanes = 2, .last_lane = 1}), Error);
}

TEST(TrainingPlan, LeapsOverEpochsWithoutWalking) {
  const BatchPlan plan =
      training_batches({.samples = 1'000'000'000, .batch = 64, .lanes = 8, .last_lane = 8});
  const BatchRequest request = plan(std::uint64_t{1} << 50).value();
  EXPECT_EQ(request.epoch, (std::uint64_t{1} << 47) / (1'000'000'000 / 512));
}

TEST(EvaluationPlan, TakesEachSampleOnceOnAnyNumberOfRanks) {
  for (std::uint64_t samples = 0; samples <= 60; ++samples) {
    for (int batch : {1, 3, 8, 64}) {
      for (int ranks = 1; ranks <= 4; ++ranks) {
        std::map<std::uint64_t, BatchRequest> batches;
        for (int rank = 0; rank < ranks; ++rank) {
          const BatchPlan plan = evaluation_batches(samples, batch, rank, ranks);
          std::uint64_t k = 0;
          for (auto request = plan(k); request; request = plan(++k)) {
            EXPECT_EQ(request->index % std::uint64_t(ranks), std::uint64_t(rank));
            EXPECT_TRUE(batches.emplace(request->index, *request).second);
          }
          EXPECT_EQ(plan(k + 1), std::nullopt);
          EXPECT_EQ(plan(~std::uint64_t{0}), std::nullopt);
        }
        Ids taken;
        for (const auto& [index, request] : batches) {
          EXPECT_EQ(request.first_position, index * std::uint64_t(batch));
          EXPECT_FALSE(request.augment);
          EXPECT_FALSE(request.ids.empty());
          EXPECT_TRUE(request.ids.size() == std::size_t(batch) || index + 1 == batches.size());
          taken.insert(taken.end(), request.ids.begin(), request.ids.end());
        }
        ASSERT_EQ(taken.size(), samples);
        for (std::uint64_t id = 0; id < samples; ++id) ASSERT_EQ(taken[id], id);
      }
    }
  }
}

}  // namespace
}  // namespace lockstep
