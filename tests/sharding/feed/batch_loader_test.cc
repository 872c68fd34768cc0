#include "sharding/feed/batch_loader.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/message_of.h"
#include "tests/sharding/feed/fake_dataset.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

BatchLoaderOptions options_for(int side, int channels) {
  BatchLoaderOptions options;
  options.height = side;
  options.width = side;
  options.channels = channels;
  options.mean = {0.25f};
  options.std = {0.5f};
  options.seed = 4;
  return options;
}

BatchPlan training(std::uint64_t samples, int batch, int lanes = 2) {
  return training_batches(
      {.samples = samples, .seed = 4, .batch = batch, .lanes = lanes, .last_lane = lanes});
}

struct Copy {
  std::uint64_t index;
  std::vector<float> images;
  std::vector<std::int64_t> labels;
  std::vector<float> weights;
  bool operator==(const Copy&) const = default;
};

std::vector<Copy> take(BatchLoader& loader, int count) {
  std::vector<Copy> batches;
  for (int i = 0; i < count; ++i) {
    const ImageBatch* batch = loader.next();
    if (batch == nullptr) break;
    batches.push_back({batch->index,
                       {batch->images.begin(), batch->images.end()},
                       {batch->labels.begin(), batch->labels.end()},
                       {batch->weights.begin(), batch->weights.end()}});
  }
  return batches;
}

TEST(BatchLoader, MakesNormalisedImagesInIdOrderForEvaluation) {
  const auto dataset = std::make_shared<FakeDataset>(10, 4, 4, 3);
  BatchLoader loader(dataset, options_for(4, 3), evaluation_batches(10, 4, 0, 1));
  std::uint64_t id = 0;
  for (std::uint64_t b = 0; b < 3; ++b) {
    const ImageBatch* batch = loader.next();
    ASSERT_NE(batch, nullptr);
    EXPECT_EQ(batch->index, b);
    EXPECT_EQ(batch->count, b < 2 ? 4 : 2);
    EXPECT_EQ(batch->height, 4);
    EXPECT_EQ(batch->width, 4);
    EXPECT_EQ(batch->channels, 3);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(batch->images.data()) % 64, 0u);
    ASSERT_EQ(batch->images.size(), std::size_t(batch->count) * 48);
    ASSERT_EQ(batch->labels.size(), std::size_t(batch->count));
    ASSERT_EQ(batch->weights.size(), std::size_t(batch->count));
    for (std::size_t slot = 0; slot < std::size_t(batch->count); ++slot, ++id) {
      EXPECT_EQ(batch->labels[slot], std::int64_t(id % 10));
      EXPECT_EQ(batch->weights[slot], 1.0f);
      for (std::size_t i = 0; i < 48; ++i) {
        const float value = float(FakeDataset::pixel(id, i)) / 255.0f;
        ASSERT_EQ(batch->images[slot * 48 + i], (value - 0.25f) / 0.5f);
      }
    }
  }
  EXPECT_EQ(loader.next(), nullptr);
  EXPECT_EQ(loader.next(), nullptr);
}

TEST(BatchLoader, MakesTheSameBatchesWhateverTheWorkers) {
  const auto dataset = std::make_shared<FakeDataset>(53, 12, 10, 3);
  BatchLoaderOptions options = options_for(8, 1);
  options.augment = {.crop_padding = 2, .flip = FlipKind::horizontal};
  options.workers = 0;
  BatchLoader serial(dataset, options, training(53, 5));
  const std::vector<Copy> expected = take(serial, 40);
  ASSERT_EQ(expected.size(), 40u);
  for (int workers : {1, 2, 5}) {
    for (int prefetch : {1, 4}) {
      options.workers = workers;
      options.prefetch = prefetch;
      BatchLoader loader(dataset, options, training(53, 5));
      EXPECT_EQ(take(loader, 40), expected) << workers << " workers, prefetch " << prefetch;
    }
  }
}

TEST(BatchLoader, ABatchDependsOnItsPositionAloneAndNotOnTheRank) {
  const auto dataset = std::make_shared<FakeDataset>(64, 8, 8, 1);
  BatchLoaderOptions options = options_for(8, 1);
  options.augment = {.crop_padding = 3, .flip = FlipKind::horizontal};
  BatchLoader alone(dataset, options, training(64, 4, 3));
  const std::vector<Copy> all = take(alone, 30);
  BatchLoader last(
      dataset, options,
      training_batches(
          {.samples = 64, .seed = 4, .batch = 4, .lanes = 3, .first_lane = 2, .last_lane = 3}));
  const std::vector<Copy> own = take(last, 10);
  for (std::size_t step = 0; step < own.size(); ++step) EXPECT_EQ(own[step], all[step * 3 + 2]);
}

TEST(BatchLoader, AnImageDependsOnItsPositionAndNotOnHowTheStepIsCut) {
  const auto dataset = std::make_shared<FakeDataset>(60, 8, 8, 1);
  BatchLoaderOptions options = options_for(8, 1);
  options.augment = {.crop_padding = 3, .flip = FlipKind::horizontal};
  const auto images_of = [&](int batch, int lanes) {
    BatchLoader loader(dataset, options, training(60, batch, lanes));
    std::vector<float> images;
    for (const Copy& copy : take(loader, 120 / batch)) {
      images.insert(images.end(), copy.images.begin(), copy.images.end());
    }
    return images;
  };
  const std::vector<float> expected = images_of(6, 2);
  ASSERT_EQ(expected.size(), 120u * 64);
  EXPECT_EQ(images_of(1, 12), expected);
  EXPECT_EQ(images_of(12, 1), expected);
}

TEST(BatchLoader, AugmentsAnEpochsImagesUnlikeTheLast) {
  const auto dataset = std::make_shared<FakeDataset>(1, 8, 8, 1);
  BatchLoaderOptions options = options_for(8, 1);
  options.augment = {.crop_padding = 3, .flip = FlipKind::horizontal};
  BatchLoader loader(dataset, options, training(1, 1, 1));
  const std::vector<Copy> epochs = take(loader, 8);
  int changes = 0;
  for (std::size_t i = 1; i < epochs.size(); ++i) changes += epochs[i].images != epochs[0].images;
  EXPECT_GE(changes, 6);
}

TEST(BatchLoader, ADamagedSampleIsNamedAtItsPlaceInTheOrder) {
  const auto dataset = std::make_shared<FakeDataset>(20, 4, 4, 1);
  dataset->damaged_id = 9;
  for (int workers : {0, 1, 3}) {
    BatchLoaderOptions options = options_for(4, 1);
    options.workers = workers;
    BatchLoader loader(dataset, options, evaluation_batches(20, 4, 0, 1));
    EXPECT_EQ(take(loader, 2).size(), 2u);
    for (int call = 0; call < 2; ++call) {
      EXPECT_THAT(message_of(ExitCode::data, [&] { loader.next(); }),
                  HasSubstr("sample 9 of split 'fake': 15 bytes are not an image"));
    }
  }
}

TEST(BatchLoader, RunsNoFurtherAheadThanItsRing) {
  const auto dataset = std::make_shared<FakeDataset>(1000, 2, 2, 1);
  BatchLoaderOptions options = options_for(2, 1);
  options.workers = 2;
  options.prefetch = 3;
  BatchLoader loader(dataset, options, evaluation_batches(1000, 10, 0, 1));
  for (int batches = 1; batches < 5; ++batches) {
    loader.next();
    const int ahead = 10 * (batches + 3);
    for (int wait = 0; wait < 10000 && dataset->reads < ahead; ++wait) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_EQ(dataset->reads, ahead);
  }
}

TEST(BatchLoader, CanBeDroppedAtAnyMoment) {
  const auto dataset = std::make_shared<FakeDataset>(100, 8, 8, 1);
  for (int taken = 0; taken < 60; ++taken) {
    BatchLoaderOptions options = options_for(8, 1);
    options.workers = 1 + taken % 4;
    options.prefetch = 1 + taken % 3;
    dataset->damaged_id = taken % 5 == 0 ? 50 : ~std::uint64_t{0};
    BatchLoader loader(dataset, options, evaluation_batches(100, 4, 0, 1));
    for (int i = 0; i < taken % 12; ++i) loader.next();
  }
}

TEST(BatchLoader, WhatAPlanThrowsIsPassedOn) {
  const auto dataset = std::make_shared<FakeDataset>(3, 2, 2, 1);
  for (int workers : {0, 2}) {
    BatchLoaderOptions options = options_for(2, 1);
    options.workers = workers;
    BatchLoader loader(dataset, options, [](std::uint64_t) -> std::optional<BatchRequest> {
      throw std::runtime_error("no plan");
    });
    EXPECT_THROW(loader.next(), std::runtime_error);
  }
}

TEST(BatchLoader, AnEmptyPlanEndsAtOnce) {
  const auto dataset = std::make_shared<FakeDataset>(3, 2, 2, 1);
  BatchLoader loader(dataset, options_for(2, 1), evaluation_batches(3, 4, 1, 2));
  EXPECT_EQ(loader.next(), nullptr);
}

TEST(BatchLoader, MeasuresHowLongItsCallerWaited) {
  class SlowDataset : public FakeDataset {
   public:
    using FakeDataset::FakeDataset;
    void read(std::uint64_t id, Sample& sample) const override {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      FakeDataset::read(id, sample);
    }
  };
  const auto dataset = std::make_shared<SlowDataset>(16, 2, 2, 1);
  BatchLoader loader(dataset, options_for(2, 1), evaluation_batches(16, 4, 0, 1));
  EXPECT_EQ(loader.seconds_waited(), 0);
  loader.next();
  EXPECT_GE(loader.seconds_waited(), 0.06);
  for (int wait = 0; wait < 10000 && dataset->reads < 16; ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const double before = loader.seconds_waited();
  loader.next();
  EXPECT_LT(loader.seconds_waited() - before, 0.04);
}

TEST(BatchLoader, RefusesOptionsThatMakeNoSense) {
  const auto dataset = std::make_shared<FakeDataset>(3, 4, 4, 1);
  const auto expect_refusal = [&](const auto& spoil) {
    BatchLoaderOptions options = options_for(4, 1);
    spoil(options);
    EXPECT_THROW(BatchLoader(dataset, options, evaluation_batches(3, 1, 0, 1)), Error);
  };
  expect_refusal([](auto& options) { options.workers = -1; });
  expect_refusal([](auto& options) { options.prefetch = 0; });
  expect_refusal([](auto& options) { options.height = 0; });
  expect_refusal([](auto& options) { options.channels = 2; });
  expect_refusal([](auto& options) { options.mean = {0.5f, 0.5f}; });
  expect_refusal([](auto& options) { options.std = {0}; });
  expect_refusal([](auto& options) { options.augment.crop_padding = -1; });
  expect_refusal([](auto& options) { options.augment.crop_padding = 4; });
}

TEST(BatchLoader, GivesBytesThatNormaliseToItsFloats) {
  const auto dataset = std::make_shared<FakeDataset>(53, 12, 10, 3);
  BatchLoaderOptions options = options_for(8, 3);
  options.augment = {.crop_padding = 2, .flip = FlipKind::horizontal};
  BatchLoader floats(dataset, options, training(53, 5));
  options.format = PixelFormat::bytes;
  BatchLoader bytes(dataset, options, training(53, 5));
  for (int b = 0; b < 20; ++b) {
    const ImageBatch& expected = *floats.next();
    const ImageBatch& batch = *bytes.next();
    EXPECT_TRUE(batch.images.empty());
    EXPECT_TRUE(expected.pixels.empty());
    ASSERT_EQ(batch.pixels.size(), expected.images.size());
    for (std::size_t i = 0; i < batch.pixels.size(); ++i) {
      ASSERT_EQ((float(batch.pixels[i]) / 255.0f - 0.25f) / 0.5f, expected.images[i]);
    }
  }
}

TEST(BatchLoader, AsksItsAllocatorForEachBatchAndGivesAllBack) {
  const auto dataset = std::make_shared<FakeDataset>(53, 8, 8, 1);
  BatchLoaderOptions options = options_for(8, 1);
  options.format = PixelFormat::bytes;
  options.workers = 2;
  options.prefetch = 3;
  std::atomic<int> asked = 0, held = 0, most = 0;
  options.allocator = [&](std::size_t bytes) {
    EXPECT_EQ(bytes, 5u * 64);
    ++asked;
    most = std::max(most.load(), ++held);
    auto* memory = new (BatchMemory::kAlignment) std::byte[bytes];
    return std::shared_ptr<std::byte>(memory, [&](std::byte* freed) {
      ::operator delete[](freed, BatchMemory::kAlignment);
      --held;
    });
  };
  {
    BatchLoader loader(dataset, options, training(53, 5));
    take(loader, 30);
    EXPECT_GE(asked, 30);
  }
  EXPECT_EQ(held, 0);
  EXPECT_LE(most, int(batches_held(options)));
}

TEST(BatchLoader, GrowsImagesByEpochToTrainAndNotToEvaluate) {
  const auto dataset = std::make_shared<FakeDataset>(20, 12, 12, 1);
  BatchLoaderOptions options = options_for(12, 1);
  options.epoch_sizes = {4, 8, 10};
  options.epochs = 6;
  BatchLoader loader(dataset, options, training(20, 10));  // two lanes of 10: a step an epoch
  for (const int side : {4, 4, 8, 8, 10, 10, 10}) {
    for (int lane = 0; lane < 2; ++lane) {
      const ImageBatch& batch = *loader.next();
      EXPECT_EQ(batch.height, side);
      EXPECT_EQ(batch.width, side);
      EXPECT_EQ(batch.images.size(), std::size_t(10 * side * side));
    }
  }
  BatchLoader evaluation(dataset, options, evaluation_batches(20, 10, 0, 1));
  EXPECT_EQ(evaluation.next()->height, 12);
  EXPECT_EQ(image_bytes_held(options, 10), 5u * 10 * 12 * 12 * sizeof(float));
}

TEST(BatchLoader, WeighsClassesToTrainAndNotToEvaluate) {
  const auto dataset = std::make_shared<FakeDataset>(20, 4, 4, 1);
  BatchLoaderOptions options = options_for(4, 1);
  for (int label = 0; label < 10; ++label) options.class_weights.push_back(float(label) / 4);
  BatchLoader loader(dataset, options, training(20, 10));
  const ImageBatch& batch = *loader.next();
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(batch.weights[i], float(batch.labels[i]) / 4);
  }
  BatchLoader evaluation(dataset, options, evaluation_batches(20, 10, 0, 1));
  EXPECT_EQ(evaluation.next()->weights[3], 1.0f);
}

TEST(BatchLoader, MixesEachSampleWithTheNext) {
  const auto dataset = std::make_shared<FakeDataset>(40, 8, 8, 1);
  BatchLoaderOptions options = options_for(8, 1);
  options.format = PixelFormat::bytes;
  BatchLoader plain(dataset, options, training(40, 5));
  options.augment.mixup = 1;
  for (int label = 0; label < 10; ++label) options.class_weights.push_back(float(label));
  BatchLoader mixed(dataset, options, training(40, 5));
  for (int b = 0; b < 8; ++b) {
    const ImageBatch& before = *plain.next();
    const ImageBatch& after = *mixed.next();
    EXPECT_TRUE(before.mix_labels.empty());
    ASSERT_EQ(after.mix_labels.size(), 5u);
    for (std::size_t slot = 0; slot < 5; ++slot) {
      const std::size_t other = (slot + 1) % 5;
      const float share = after.mix_shares[slot];
      EXPECT_LE(share, 0.5f);
      EXPECT_EQ(after.labels[slot], before.labels[slot]);
      EXPECT_EQ(after.mix_labels[slot], before.labels[other]);
      EXPECT_EQ(after.weights[slot],
                (1 - share) * float(before.labels[slot]) + share * float(before.labels[other]));
      for (std::size_t i = 0; i < 64; ++i) {
        EXPECT_NEAR(
            after.pixels[slot * 64 + i],
            (1 - share) * before.pixels[slot * 64 + i] + share * before.pixels[other * 64 + i],
            0.51);
      }
    }
  }
}

}  // namespace
}  // namespace lockstep
