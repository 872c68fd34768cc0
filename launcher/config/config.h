#pragma once

#include "launcher/config/run_options.h"
#include "launcher/config/slurm_options.h"
#include "models/catalog/model_options.h"
#include "sharding/feed/data_options.h"
#include "trainer/average/average_options.h"
#include "trainer/early_stopping.h"
#include "trainer/fine_tune_options.h"
#include "trainer/guard/rollback_options.h"
#include "trainer/optimizer/optimizer_options.h"
#include "trainer/schedule/schedule_options.h"
#include "trainer/task/task_options.h"
#include "trainer/train_options.h"

namespace lockstep {

/// All that a training run is told, one member per section of the YAML file.
struct Config {
  RunOptions run;
  DataOptions data;
  TaskOptions task;
  ModelOptions model;
  TrainOptions train;
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  FineTuneOptions fine_tune;
  AverageOptions average;
  EarlyStoppingOptions early_stopping;
  RollbackOptions rollback;
  CheckpointOptions checkpoint;
  LogOptions log;
  SlurmOptions slurm;
};

}  // namespace lockstep
