#include "launcher/run/plan_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::Not;

TrainPlan plan() {
  TrainPlan plan;
  plan.run_dir = "runs/a";
  plan.model = "simple_cnn";
  plan.parameters = 94410;
  plan.ranks = 3;
  plan.devices = {"cpu, 1 thread", "cpu, 1 thread", "gpu"};
  plan.lanes = 4;
  plan.batch = 64;
  plan.precision = "fp32";
  plan.reduction = "exact";
  plan.train_samples = 1000;
  plan.valid_samples = 100;
  plan.steps_per_epoch = 3;
  plan.epochs = 5;
  plan.last_step = 15;
  plan.lr = 0.2;
  plan.lr_batch = 256;
  plan.lr_scaling = "linear";
  plan.scaled_lr = 0.2;
  plan.checkpoint_bytes = 1 << 20;
  plan.checkpoints_kept = 4;
  plan.free_disk_bytes = std::uint64_t{10} << 30;
  return plan;
}

TEST(PlanReport, SaysWhatIsAboutToHappen) {
  const std::string text = to_text(plan());
  EXPECT_THAT(text, HasSubstr("simple_cnn, 94410 parameters"));
  EXPECT_THAT(text, HasSubstr("3 on 1 node: 2 x cpu, 1 thread, gpu"));
  EXPECT_THAT(text, HasSubstr("4 x 64 samples = global batch 256\n"));
  EXPECT_THAT(text, HasSubstr("3 an epoch x 5 epochs = 15\n"));
  EXPECT_THAT(text, HasSubstr("1.0 MiB each, at most 4 at once: 4.0 MiB; 10.0 GiB free"));
  EXPECT_THAT(text, HasSubstr("the last 232 samples"));
  EXPECT_THAT(text, Not(HasSubstr("warning")));
  EXPECT_THAT(text, Not(HasSubstr("warm-up")));
}

TEST(PlanReport, SaysWhatWasChosenAndWhatContinues) {
  TrainPlan other = plan();
  other.lanes_chosen = true;
  other.first_step = 7;
  other.last_step = 13;
  other.warmup_steps = 2;
  other.warmup_from = 0.05;
  other.checkpoint_bytes = std::uint64_t{8} << 30;
  const std::string text = to_text(other);
  EXPECT_THAT(text, HasSubstr("at most 4 ranks from here on"));
  EXPECT_THAT(text, HasSubstr("= 15; ends at step 13; continues after step 7"));
  EXPECT_THAT(text, HasSubstr("2 steps from 0.05"));
  EXPECT_THAT(text, HasSubstr("warning: the disk of 'runs/a' has too little space"));
}

}  // namespace
}  // namespace lockstep
