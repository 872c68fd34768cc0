#include "sharding/feed/batch_builder.h"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sharding/feed/fake_dataset.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(InputSize, IsWhatIsAskedForOrThatOfTheFirstSample) {
  const FakeDataset dataset(2, 6, 5, 1);
  EXPECT_EQ(input_size(dataset, 32).height, 32);
  EXPECT_EQ(input_size(dataset, 32).width, 32);
  EXPECT_EQ(input_size(dataset, 0).height, 6);
  EXPECT_EQ(input_size(dataset, 0).width, 5);
  EXPECT_THROW(input_size(FakeDataset(0, 6, 5, 1), 0), Error);
  EXPECT_THROW(input_size(dataset, -1), Error);
}

TEST(BatchOfFeatures, IsAsTheyAreStored) {
  const auto dataset = std::make_shared<FakeDataset>(10, 1, 12, 1);
  dataset->encoded_as = Encoding::features;
  BatchLoaderOptions options;
  options.height = options.width = 4;
  options.channels = 1;
  options.mean = {0.5f};
  options.std = {0.25f};
  options.augment.mixup = 0.4;  // for images
  options.format = PixelFormat::bytes;
  EXPECT_THROW(BatchBuilder(dataset, options), Error) << "images are asked for";
  options.features = 3;
  BatchBuilder builder(dataset, options);
  BatchBuffer buffer;
  builder.build({.first_position = 0, .ids = {7, 2}, .augment = true, .read_ahead = {}}, buffer,
                {});
  const ImageBatch& batch = buffer.batch;
  EXPECT_EQ(batch.features, 3);
  EXPECT_TRUE(batch.pixels.empty() && batch.mix_shares.empty());
  EXPECT_THAT(batch.labels, ElementsAre(7, 2));
  ASSERT_EQ(batch.images.size(), 6u);
  Sample sample;
  for (const std::size_t slot : {0u, 1u}) {
    dataset->read(slot == 0 ? 7 : 2, sample);
    EXPECT_EQ(std::memcmp(batch.images.data() + slot * 3, sample.bytes.data(), 12), 0);
  }
  EXPECT_EQ(image_bytes_held(options, 2), batches_held(options) * 2 * 12);
  dataset->damaged_id = 2;
  EXPECT_THROW(builder.build({.ids = {2}, .read_ahead = {}}, buffer, {}), Error);
}

/// A batch of the samples 3, 4 and 5, with labels of that type.
class LabelsOfABatch : public testing::Test {
 protected:
  const ImageBatch& build(LabelType type, double mixup = 0) {
    const auto dataset = std::make_shared<FakeDataset>(10, 4, 4, 1);
    dataset->label = type;
    BatchLoaderOptions options;
    options.height = options.width = 4;
    options.channels = 1;
    options.mean = {0};
    options.std = {1};
    options.augment.mixup = mixup;
    options.class_weights.assign(10, 2.0f);
    BatchBuilder builder(dataset, options);
    // The buffer of a batch that was longer, and of other labels.
    buffer_.labels.assign(8, 1);
    buffer_.targets.assign(8, 1);
    buffer_.mix_targets.assign(8, 1);
    buffer_.weights.assign(8, 1);
    builder.build({.first_position = 0, .ids = {3, 4, 5}, .augment = true, .read_ahead = {}},
                  buffer_, {});
    return buffer_.batch;
  }

  BatchBuffer buffer_;
};

TEST_F(LabelsOfABatch, AreClassesWithTheirWeights) {
  const ImageBatch& batch = build({LabelKind::int64, 1});
  EXPECT_THAT(batch.labels, ElementsAre(3, 4, 5));
  EXPECT_THAT(batch.targets, IsEmpty());
  EXPECT_EQ(batch.target_width, 0);
  EXPECT_THAT(batch.weights, ElementsAre(2, 2, 2));
  EXPECT_THAT(batch.mix_labels, IsEmpty());
}

TEST_F(LabelsOfABatch, AreRowsOfNumbersOrFlagsWithoutClassWeights) {
  for (const LabelKind kind : {LabelKind::float32, LabelKind::uint8}) {
    const ImageBatch& batch = build({kind, 2});
    EXPECT_THAT(batch.labels, IsEmpty());
    EXPECT_THAT(batch.targets, ElementsAre(3, 3.125f, 4, 4.125f, 5, 5.125f));
    EXPECT_EQ(batch.target_width, 2);
    EXPECT_THAT(batch.weights, ElementsAre(1, 1, 1));
    EXPECT_THAT(batch.mix_targets, IsEmpty());
  }
}

TEST_F(LabelsOfABatch, AreMissingWhereThereAreNone) {
  const ImageBatch& batch = build({LabelKind::none, 0}, 0.5);
  EXPECT_EQ(batch.count, 3);
  EXPECT_THAT(batch.labels, IsEmpty());
  EXPECT_THAT(batch.targets, IsEmpty());
  EXPECT_EQ(batch.target_width, 0);
  EXPECT_THAT(batch.weights, ElementsAre(1, 1, 1));
  EXPECT_THAT(batch.mix_labels, IsEmpty());
  EXPECT_THAT(batch.mix_targets, IsEmpty());
}

TEST_F(LabelsOfABatch, AreMixedWithThoseOfTheNextSample) {
  const ImageBatch& batch = build({LabelKind::float32, 2}, 0.5);
  EXPECT_THAT(batch.targets, ElementsAre(3, 3.125f, 4, 4.125f, 5, 5.125f));
  EXPECT_THAT(batch.mix_targets, ElementsAre(4, 4.125f, 5, 5.125f, 3, 3.125f));
  EXPECT_EQ(batch.mix_shares.size(), 3u);
  EXPECT_THAT(batch.mix_labels, IsEmpty());
}

}  // namespace
}  // namespace lockstep
