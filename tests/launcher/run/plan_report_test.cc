#include "launcher/run/plan_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::Not;

/// 1000 samples, 4 lanes of 64, 5 epochs.
ResolvedRun example_run() {
  ResolvedRun run;
  run.config.run.dir = "runs/a";
  run.config.train.batch = 64;
  run.config.train.lanes = 4;
  run.config.train.epochs = 5;
  run.config.train.precision = Precision::fp32;
  run.config.optimizer.lr = 0.2;
  run.config.checkpoint.keep = 3;
  run.plan = make_plan(run.config.train, run.config.optimizer, run.config.schedule, 1000, 3);
  run.start =
      begin_state(run.plan, {.height = 28, .width = 30, .channels = 3, .mean = {}, .std = {}},
                  {.kind = TaskKind::regression,
                   .names = {"age", "weight"},
                   .target_mean = {0, 0},
                   .target_std = {1, 1}});
  return run;
}

PlanFacts example_facts() {
  PlanFacts facts;
  facts.ranks = 3;
  facts.devices = {"cpu, 1 thread", "cpu, 1 thread", "gpu"};
  facts.parameters = 94410;
  facts.reduction = "exact";
  facts.valid_samples = 100;
  facts.checkpoint_bytes = 1 << 20;
  facts.free_disk_bytes = std::uint64_t{10} << 30;
  return facts;
}

TEST(PlanReport, SaysWhatIsAboutToHappen) {
  const std::string text = plan_text(example_run(), example_facts());
  EXPECT_THAT(text, HasSubstr("regression, 2 outputs: age, weight\n"));
  EXPECT_THAT(text, HasSubstr("28x30 pixels (as the first sample), 3 channels, mean ["));
  EXPECT_THAT(text, HasSubstr("simple_cnn, 94410 parameters"));
  EXPECT_THAT(text, HasSubstr("3 on 1 node: 2 x cpu, 1 thread, gpu"));
  EXPECT_THAT(text, HasSubstr("4 x 64 samples = global batch 256\n"));
  EXPECT_THAT(text, HasSubstr("1000 samples to train on, 100 to validate on\n"));
  EXPECT_THAT(text, HasSubstr("3 per epoch x 5 epochs = 15\n"));
  EXPECT_THAT(text, HasSubstr("0.2 for 256 samples, linear scaling: 0.2 for 256\n"));
  EXPECT_THAT(text, HasSubstr("1.0 MiB each, at most 4 at once: 4.0 MiB; 10.0 GiB free; "
                              "1.0 MiB of memory for a copy"));
  EXPECT_THAT(text, HasSubstr("the last 232 samples"));
  EXPECT_THAT(text, Not(HasSubstr("warning")));
  EXPECT_THAT(text, Not(HasSubstr("warm-up")));
}

TEST(PlanReport, WarnsOfAValidationOnWhatIsTrainedOn) {
  ResolvedRun run = example_run();
  run.config.data.train = {"train", "valid"};
  const std::string text = plan_text(run, example_facts());
  EXPECT_THAT(text, HasSubstr("1000 samples to train on (train + valid), 100 to validate on\n"));
  EXPECT_THAT(text,
              HasSubstr("warning: the run is validated on 'valid', which it is also trained"));
  for (const char* other : {"", "test"}) {
    run.config.data.valid = other;
    EXPECT_THAT(plan_text(run, example_facts()), Not(HasSubstr("warning"))) << other;
  }
}

TEST(PlanReport, WarnsOfImagesOfSeveralSizesUnlessOneIsChosen) {
  ResolvedRun run = example_run();
  PlanFacts facts = example_facts();
  facts.several_sizes = true;
  EXPECT_THAT(plan_text(run, facts), HasSubstr("of several sizes, and all are made 28x30"));
  run.config.data.image_size = 28;
  EXPECT_THAT(plan_text(run, facts), Not(HasSubstr("several sizes")));
  EXPECT_THAT(plan_text(run, facts), HasSubstr("(data.image_size)"));
}

TEST(PlanReport, NamesTheFirstTenOfManyOutputs) {
  ResolvedRun run = example_run();
  run.start.task = {
      .kind = TaskKind::classification, .names = {}, .target_mean = {}, .target_std = {}};
  for (int i = 0; i < 12; ++i) run.start.task.names.push_back(std::string(1, char('a' + i)));
  EXPECT_THAT(plan_text(run, example_facts()),
              HasSubstr("12 outputs: a, b, c, d, e, f, g, h, i, j, ...\n"));
}

TEST(PlanReport, SaysWhatWasChosenAndWhatContinues) {
  ResolvedRun run = example_run();
  run.lanes_chosen = true;
  run.start.step = 7;
  run.start.cursor = {2, 256};
  run.max_steps = 13;
  run.start.schedule.warmup_epochs = 0.7;
  run.start.schedule.warmup_rate = 0.05;
  PlanFacts facts = example_facts();
  facts.checkpoint_bytes = std::uint64_t{8} << 30;
  const std::string text = plan_text(run, facts);
  EXPECT_THAT(text, HasSubstr("at most 4 ranks from here on"));
  EXPECT_THAT(text, HasSubstr("= 15; ends at step 13; continues after step 7"));
  EXPECT_THAT(text, HasSubstr("2 steps from 0.05"));
  EXPECT_THAT(text, HasSubstr("warning: the disk of 'runs/a' has too little space"));
}

TEST(PlanReport, TheLastStepIsTheEndOfTheEpochsOrMaxSteps) {
  ResolvedRun run = example_run();
  EXPECT_EQ(last_step(run), 15);
  run.start.step = 7;
  run.start.cursor = {2, 256};
  EXPECT_EQ(last_step(run), 15);
  run.max_steps = 9;
  EXPECT_EQ(last_step(run), 9);
}

}  // namespace
}  // namespace lockstep
