#include "trainer/evaluation.h"

#include <gtest/gtest.h>

#include "comm/communicator/mpi_communicator.h"
#include "core/error.h"
#include "tests/trainer/tiny_data.h"

namespace lockstep {
namespace {

class Evaluation : public testing::Test {
 protected:
  std::optional<MetricSums> run(std::uint64_t samples, Communicator& communicator,
                                const EvaluationHooks& hooks = {}) {
    return evaluate(*model_, std::make_shared<TinyData>(samples),
                    {.loader = tiny_loader(), .batch = 7}, communicator, hooks);
  }

  std::unique_ptr<Communicator> ranks_ = make_mpi_communicator();
  std::unique_ptr<Communicator> alone_ = make_single_communicator();
  std::shared_ptr<ImageModel> model_ = make_model({.name = "simple_cnn"}, {}, 1);
};

TEST_F(Evaluation, OfEverySizeEqualsTheSerialOneToTheBit) {
  for (std::uint64_t samples = 1; samples <= 60; ++samples) {
    const MetricSums serial = *run(samples, *alone_);
    const MetricSums ours = *run(samples, *ranks_);
    ASSERT_EQ(ours.count, static_cast<std::int64_t>(samples));
    ASSERT_EQ(ours.top1, serial.top1) << samples;
    ASSERT_EQ(ours.top5, serial.top5) << samples;
    ASSERT_EQ(ours.loss, serial.loss) << samples;
    ASSERT_EQ(ours.weight, serial.weight) << samples;
  }
}

TEST_F(Evaluation, AStopRequestOfOneRankStopsAll) {
  const bool last = ranks_->rank() == ranks_->size() - 1;
  EXPECT_FALSE(
      run(500, *ranks_, {.stop_requested = [&] { return last; }, .progress = {}}).has_value());
}

TEST_F(Evaluation, LeavesTheModelTraining) {
  ASSERT_TRUE(run(9, *ranks_).has_value());
  EXPECT_TRUE(model_->is_training());
}

TEST_F(Evaluation, ALossThatIsNoNumberIsAnError) {
  for (auto& parameter : model_->parameters()) parameter.set_data(parameter.detach() * NAN);
  EXPECT_THROW(run(60, *alone_), Error);
}

}  // namespace
}  // namespace lockstep
