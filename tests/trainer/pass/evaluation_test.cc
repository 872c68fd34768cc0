#include "trainer/pass/evaluation.h"

#include <cmath>

#include <gtest/gtest.h>

#include "comm/communicator/mpi_communicator.h"
#include "core/error.h"
#include "models/make_model.h"
#include "tests/trainer/tiny_data.h"
#include "trainer/task/make_task.h"

namespace lockstep {
namespace {

class Evaluate : public testing::TestWithParam<TaskKind> {
 protected:
  std::optional<Evaluation> run(std::uint64_t samples, Communicator& communicator,
                                const BatchPassHooks& hooks = {},
                                const EvaluationWishes& wishes = {}) {
    return evaluate(*model_, *task_, std::make_shared<TinyData>(samples, GetParam()),
                    {.loader = tiny_loader(), .batch = 7}, communicator, hooks, wishes);
  }

  std::unique_ptr<Communicator> ranks_ = make_mpi_communicator();
  std::unique_ptr<Communicator> alone_ = make_single_communicator();
  std::unique_ptr<Task> task_ = make_task(tiny_task(GetParam()));
  std::shared_ptr<ImageModel> model_ =
      make_model({.name = "simple_cnn"}, {.channels = 1, .outputs = task_->outputs()}, 1);
};

INSTANTIATE_TEST_SUITE_P(OfEveryTask, Evaluate,
                         testing::Values(TaskKind::classification, TaskKind::multi_label,
                                         TaskKind::regression),
                         [](const auto& of) { return std::string(name_of(of.param)); });

TEST_P(Evaluate, OfEverySizeEqualsTheSerialOneToTheBit) {
  for (std::uint64_t samples = 1; samples <= 60; ++samples) {
    const Evaluation ours = *run(samples, *ranks_), serial = *run(samples, *alone_);
    ASSERT_EQ(ours.sums.count, static_cast<std::int64_t>(samples));
    ASSERT_EQ(ours.sums, serial.sums) << samples;
    ASSERT_EQ(ours.metrics.size(), 1 + task_->metrics().size() + task_->ranking_metrics().size());
    for (std::size_t i = 0; i < ours.metrics.size(); ++i) {
      const double value = ours.metrics[i].value, expected = serial.metrics[i].value;
      ASSERT_TRUE(value == expected || (std::isnan(value) && std::isnan(expected)))
          << ours.metrics[i].metric.name << " " << value << " " << expected;
    }
  }
}

TEST_P(Evaluate, CountsWhichClassesAreTakenForWhich) {
  if (GetParam() != TaskKind::classification) GTEST_SKIP() << "of classes alone";
  for (const std::uint64_t samples : {1u, 7u, 50u}) {
    const Evaluation ours = *run(samples, *ranks_, {}, {.confusion = true});
    const Evaluation serial = *run(samples, *alone_, {}, {.confusion = true});
    EXPECT_EQ(ours.confusion->counts, serial.confusion->counts);
    std::int64_t all = 0, right = 0;
    for (std::size_t truth = 0; truth < ours.confusion->classes; ++truth) {
      right += ours.confusion->of(truth, truth);
      for (std::size_t said = 0; said < ours.confusion->classes; ++said) {
        all += ours.confusion->of(truth, said);
      }
    }
    EXPECT_EQ(all, static_cast<std::int64_t>(samples));
    EXPECT_EQ(static_cast<double>(right) / static_cast<double>(samples), ours.metrics[1].value)
        << ours.metrics[1].metric.name;
  }
  EXPECT_FALSE(run(7, *alone_)->confusion) << "nobody wished for it";
}

TEST_P(Evaluate, AStopRequestOfOneRankStopsAll) {
  const bool last = ranks_->rank() == ranks_->size() - 1;
  EXPECT_FALSE(
      run(500, *ranks_, {.stop_requested = [&] { return last; }, .progress = {}}).has_value());
  EXPECT_TRUE(model_->is_training());
}

TEST_P(Evaluate, LeavesTheModelTraining) {
  ASSERT_TRUE(run(9, *ranks_).has_value());
  EXPECT_TRUE(model_->is_training());
}

TEST_P(Evaluate, ALossThatIsNotANumberIsAnError) {
  for (auto& parameter : model_->parameters()) parameter.set_data(parameter.detach() * NAN);
  EXPECT_THROW(run(60, *alone_), Error);
}

}  // namespace
}  // namespace lockstep
