#include "trainer/lane/flat_model.h"

#include <array>
#include <utility>
#include <vector>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "models/make_model.h"

namespace lockstep {
namespace {

FlatModel make_flat() {
  return FlatModel(make_model({.name = "simple_cnn"}, {.channels = 1, .outputs = 10}, 7), at::kCPU,
                   /*tail_elements=*/16);
}

at::Tensor parameter(FlatModel& flat, const std::string& name) {
  return flat.model().named_parameters()[name];
}
at::Tensor buffer(FlatModel& flat, const std::string& name) {
  return flat.model().named_buffers()[name];
}

TEST(FlatModel, KeepsEveryValueOfTheModel) {
  const auto plain = make_model({.name = "simple_cnn"}, {.channels = 1, .outputs = 10}, 7);
  FlatModel flat = make_flat();
  for (const auto& item : plain->named_parameters()) {
    EXPECT_TRUE(parameter(flat, item.key()).equal(item.value())) << item.key();
  }
  for (const auto& item : plain->named_buffers()) {
    EXPECT_TRUE(buffer(flat, item.key()).equal(item.value())) << item.key();
  }
}

TEST(FlatModel, ParametersAreViewsThatStartOn64Bytes) {
  FlatModel flat = make_flat();
  const at::NoGradGuard no_grad;
  flat.parameters().fill_(3);
  for (const FlatEntry& entry : flat.parameter_layout().entries) {
    EXPECT_TRUE(parameter(flat, entry.name).eq(3).all().item<bool>()) << entry.name;
    EXPECT_EQ(entry.offset % 16, 0) << entry.name;
  }
  EXPECT_TRUE(parameter(flat, "conv2.weight").is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST(FlatModel, CountsParametersWithoutThePadding) {
  EXPECT_EQ(make_flat().parameter_count(),
            9 * 32 + 9 * 32 * 64 + 9 * 64 * 128 + 2 * (32 + 64 + 128) + 1290);
}

TEST(FlatModel, BackwardWritesIntoTheSlotInUse) {
  FlatModel flat = make_flat();
  const std::array<at::Tensor, 2> slots = {at::zeros({flat.lane_elements()}),
                                           at::zeros({flat.lane_elements()})};
  flat.attach_slots(slots);
  flat.use_slot(1);
  flat.model().forward(at::randn({4, 1, 28, 28})).sum().backward();
  EXPECT_EQ(slots[0].abs().sum().item<float>(), 0);
  EXPECT_GT(flat.gradients_in(slots[1]).abs().sum().item<float>(), 0);
  EXPECT_EQ(flat.tail_in(slots[1]).abs().sum().item<float>(), 0);
}

TEST(FlatModel, TellsOfEveryGradientOnceItIsComplete) {
  FlatModel flat = make_flat();
  const std::array<at::Tensor, 1> slots = {at::zeros({flat.lane_elements()})};
  flat.attach_slots(slots);
  flat.use_slot(0);
  std::int64_t told = 0;
  std::vector<std::pair<std::int64_t, at::Tensor>> seen;
  flat.set_gradient_listener([&](std::int64_t begin, std::int64_t end) {
    told += end - begin;
    seen.emplace_back(begin, slots[0].narrow(0, begin, end - begin).clone());
  });
  flat.model().forward(at::randn({4, 1, 28, 28})).square().sum().backward();
  EXPECT_EQ(told, flat.parameter_layout().elements);
  EXPECT_EQ(seen.front().first + seen.front().second.size(0), flat.lane_elements())
      << "the buffer's end is complete first, so that its bucket can leave";
  EXPECT_GT(seen.front().first, seen.back().first) << "the last layer's gradient is complete first";
  for (const auto& [begin, values] : seen)
    EXPECT_TRUE(values.equal(slots[0].narrow(0, begin, values.size(0)))) << begin;
}

TEST(FlatModel, EveryLaneStartsFromTheStepsBuffersAndTheyEndAsTheMean) {
  FlatModel flat = make_flat();
  const at::NoGradGuard no_grad;
  at::Tensor sum = at::zeros({flat.lane_elements()});
  for (int lane = 0; lane < 2; ++lane) {
    flat.begin_lane();
    EXPECT_TRUE(buffer(flat, "bn1.running_mean").eq(0).all().item<bool>()) << "lane " << lane;
    buffer(flat, "bn1.running_mean").fill_(lane == 0 ? 1 : 4);
    buffer(flat, "bn1.num_batches_tracked").fill_(lane == 0 ? 17 : 99);
    at::Tensor lane_buffer = at::zeros({flat.lane_elements()});
    flat.end_lane(lane, lane_buffer);
    sum += lane_buffer;
  }
  flat.end_step(sum, 2);
  EXPECT_TRUE(buffer(flat, "bn1.running_mean").eq(2.5).all().item<bool>());
  EXPECT_EQ(buffer(flat, "bn1.num_batches_tracked").item<std::int64_t>(), 17)
      << "integers are lane 0's";
}

TEST(FlatModel, IntegersOfAnySizeTravelExactly) {
  FlatModel flat = make_flat();
  const at::NoGradGuard no_grad;
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{1} << 24, (std::int64_t{1} << 53) + 1,
        std::int64_t{0x7fffffffffffffff}, std::int64_t{-1}, std::int64_t{-123456789012}}) {
    flat.begin_lane();
    buffer(flat, "bn2.num_batches_tracked").fill_(value);
    at::Tensor lane_buffer = at::zeros({flat.lane_elements()});
    flat.end_lane(0, lane_buffer);
    flat.end_step(lane_buffer, 1);
    EXPECT_EQ(buffer(flat, "bn2.num_batches_tracked").item<std::int64_t>(), value);
  }
}

}  // namespace
}  // namespace lockstep
