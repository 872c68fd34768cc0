#include "trainer/lane/batch_feed.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "tests/trainer/tiny_data.h"

namespace lockstep {
namespace {

at::Tensor one(float value) { return at::tensor({value}).view({1, 1, 1, 1}); }

TEST(ToDevice, IsChannelsLastAndCopiesNothingOnTheCpu) {
  std::vector<float> images(2 * 4 * 5 * 3);
  for (std::size_t i = 0; i < images.size(); ++i) images[i] = static_cast<float>(i);
  const std::vector<std::int64_t> labels = {4, 2};
  const std::vector<float> weights = {1, 1};
  ImageBatch batch;
  batch.count = 2;
  batch.height = 4;
  batch.width = 5;
  batch.channels = 3;
  batch.images = images;
  batch.labels = labels;
  batch.weights = weights;
  const DeviceBatch result = to_device(batch, at::kCPU);
  EXPECT_TRUE(result.images.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_EQ(result.images.const_data_ptr(), images.data());
  EXPECT_EQ(result.images[1][2][3][4].item<float>(), images[((1 * 4 + 3) * 5 + 4) * 3 + 2]);
  EXPECT_FALSE(result.mix_labels.defined());
}

TEST(ToDevice, NormalisesBytesToWhatTheLoadersFloatsAre) {
  const auto data = std::make_shared<TinyData>(20);
  BatchLoaderOptions options = tiny_loader();
  options.augment.mixup = 1;
  const BatchPlan plan =
      training_batches({.samples = 20, .seed = 1, .batch = 5, .lanes = 1, .last_lane = 1});
  BatchLoader floats(data, options, plan);
  options.format = PixelFormat::bytes;
  BatchLoader bytes(data, options, plan);
  for (int i = 0; i < 4; ++i) {
    const DeviceBatch expected = to_device(*floats.next(), at::kCPU);
    const DeviceBatch batch = to_device(*bytes.next(), at::kCPU);
    const at::Tensor images = normalised(batch.images, one(0.5), one(0.25));
    EXPECT_TRUE(images.is_contiguous(at::MemoryFormat::ChannelsLast));
    EXPECT_TRUE(at::allclose(images, expected.images, 0, 1e-6));
    EXPECT_EQ(normalised(expected.images, one(0.5), one(0.25)).const_data_ptr(),
              expected.images.const_data_ptr());
    EXPECT_TRUE(at::equal(batch.mix_labels, expected.mix_labels));
    EXPECT_TRUE(at::equal(batch.mix_shares, expected.mix_shares));
    EXPECT_EQ(batch.index, expected.index);
  }
}

TEST(ToDevice, CarriesTargetsOfEachSampleAndThoseMixedIn) {
  BatchLoaderOptions options = tiny_loader();
  options.augment.mixup = 1;
  BatchFeed feed(
      std::make_shared<TinyData>(20, TaskKind::regression), options,
      training_batches({.samples = 20, .seed = 1, .batch = 5, .lanes = 1, .last_lane = 1}),
      at::kCPU);
  const DeviceBatch batch = *feed.next();
  EXPECT_FALSE(batch.labels.defined());
  EXPECT_FALSE(batch.mix_labels.defined());
  ASSERT_EQ(batch.targets.sizes(), (std::vector<std::int64_t>{5, 3}));
  ASSERT_EQ(batch.mix_targets.sizes(), (std::vector<std::int64_t>{5, 3}));
  EXPECT_TRUE(at::allclose(batch.targets.select(1, 1), batch.targets.select(1, 0) * 10));
  const float share = batch.mix_shares[2].item<float>();
  EXPECT_FLOAT_EQ(batch.mixed_targets()[2][0].item<float>(),
                  (1 - share) * batch.targets[2][0].item<float>() +
                      share * batch.mix_targets[2][0].item<float>());
}

TEST(BatchFeed, EndsWithItsPlan) {
  BatchFeed feed(std::make_shared<TinyData>(10), tiny_loader(), evaluation_batches(10, 4, 0, 1),
                 at::kCPU);
  for (const std::int64_t count : {4, 4, 2}) EXPECT_EQ(feed.next()->images.size(0), count);
  EXPECT_FALSE(feed.next());
}

TEST(OptionsFor, AGpuGetsBytesAndACpuFloats) {
  EXPECT_EQ(options_for(tiny_loader(), at::kCPU).format, PixelFormat::floats);
  const BatchLoaderOptions gpu = options_for(tiny_loader(), at::kCUDA);
  EXPECT_EQ(gpu.format, PixelFormat::bytes);
  EXPECT_TRUE(gpu.allocator);
}

}  // namespace
}  // namespace lockstep
