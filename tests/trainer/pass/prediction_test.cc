#include "trainer/pass/prediction.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/ones.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "comm/communicator/mpi_communicator.h"
#include "core/error.h"
#include "models/make_model.h"
#include "tests/trainer/tiny_data.h"
#include "trainer/pass/ensemble.h"
#include "trainer/task/make_task.h"

namespace lockstep {
namespace {

/// Some of whose samples are damaged.
class DamagedData final : public Dataset {
 public:
  explicit DamagedData(std::uint64_t samples) : good_(samples, TaskKind::classification) {}
  std::uint64_t size() const override { return good_.size(); }
  Encoding encoding() const override { return good_.encoding(); }
  LabelType label_type() const override { return good_.label_type(); }
  void read(std::uint64_t id, Sample& sample) const override {
    check(id % 5 != 3, ExitCode::data, "sample {} is \xff damaged", id);
    good_.read(id, sample);
  }
  std::string describe(std::uint64_t id) const override { return good_.describe(id); }

 private:
  TinyData good_;
};

class Prediction : public testing::Test {
 protected:
  struct Rows {
    std::vector<std::vector<float>> answers;
    std::vector<std::uint64_t> damaged;
    bool operator==(const Rows&) const = default;
  };

  Rows run(std::shared_ptr<const Dataset> dataset, Communicator& communicator,
           DamagedSamples damaged = DamagedSamples::told) {
    Rows rows;
    BatchLoaderOptions loader = tiny_loader();
    loader.workers = 2;
    predict(*model_, *task_, std::move(dataset), {.loader = loader, .batch = 7}, damaged,
            communicator, {}, [&](const Predictions& part) {
              EXPECT_EQ(part.first, rows.answers.size());
              const float* values = part.answers.const_data_ptr<float>();
              for (std::int64_t i = 0; i < part.answers.size(0); ++i) {
                rows.answers.emplace_back(values, values + part.answers.size(1));
                values += part.answers.size(1);
              }
              for (const auto& [id, reason] : part.damaged) {
                EXPECT_THAT(reason, testing::HasSubstr(fmt::format("sample {} is", id)));
                rows.damaged.push_back(id);
              }
            });
    return rows;
  }

  std::unique_ptr<Communicator> ranks_ = make_mpi_communicator();
  std::unique_ptr<Communicator> alone_ = make_single_communicator();
  std::unique_ptr<Task> task_ = make_task(tiny_task(TaskKind::classification));
  std::shared_ptr<ImageModel> model_ =
      make_model({.name = "simple_cnn"}, {.channels = 1, .outputs = task_->outputs()}, 1);
};

TEST_F(Prediction, OfEverySizeEqualsTheSerialOneToTheBit) {
  for (std::uint64_t samples = 1; samples <= 40; ++samples) {
    const auto data = std::make_shared<TinyData>(samples, TaskKind::classification);
    const Rows ours = run(data, *ranks_);
    const Rows serial = run(data, *alone_);
    ASSERT_EQ(serial.answers.size(), samples);
    ASSERT_EQ(ours, ranks_->rank() == 0 ? serial : Rows{}) << samples;
  }
}

TEST_F(Prediction, DamagedSamplesAreToldAndChangeNoOther) {
  const auto damaged = std::make_shared<DamagedData>(30);
  const Rows ours = run(damaged, *ranks_);
  if (ranks_->rank() != 0) return;
  EXPECT_THAT(ours.damaged, testing::ElementsAre(3, 8, 13, 18, 23, 28));
  const Rows whole = run(std::make_shared<TinyData>(30, TaskKind::classification), *alone_);
  for (std::size_t id = 0; id < 30; ++id) {
    if (id % 5 == 3) continue;
    EXPECT_EQ(ours.answers[id], whole.answers[id]) << id;
  }
}

TEST_F(Prediction, DamagedSamplesMayBeFatal) {
  EXPECT_THROW(run(std::make_shared<DamagedData>(30), *alone_, DamagedSamples::fatal), Error);
}

TEST_F(Prediction, WhatRankZeroCannotTakeEndsAllRanks) {
  const auto data = std::make_shared<TinyData>(30, TaskKind::classification);
  EXPECT_THROW(
      predict(*model_, *task_, data, {.loader = tiny_loader(), .batch = 7}, DamagedSamples::told,
              *ranks_, {}, [](const Predictions&) { fail(ExitCode::storage, "disk full"); }),
      Error);
}

TEST(Ensemble, AnswersWithTheMeanOfItsMembers) {
  for (const auto& [kind, name] : enum_names(TaskKind{})) {
    const auto task = make_task(tiny_task(kind));
    const auto member = [&](std::uint64_t seed) {
      return std::make_unique<FlatModel>(
          make_model({.name = "simple_cnn"}, {.channels = 1, .outputs = task->outputs()}, seed),
          at::kCPU, task->tail().elements());
    };
    const at::NoGradGuard no_grad;
    const at::Tensor images = at::ones({2, 1, 8, 8});
    at::Tensor expected;
    std::vector<std::unique_ptr<FlatModel>> members;
    for (const std::uint64_t seed : {1, 2}) {
      members.push_back(member(seed));
      members.back()->model().eval();
      const at::Tensor answers = task->predict(members.back()->model().forward(images)) / 2;
      expected = expected.defined() ? expected + answers : answers;
    }
    const auto ensemble = make_ensemble(std::move(members), *task);
    ensemble->eval();
    EXPECT_TRUE(at::allclose(task->predict(ensemble->forward(images)), expected, 1e-4, 1e-6))
        << name;
  }
}

}  // namespace
}  // namespace lockstep
