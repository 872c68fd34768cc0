#pragma once

#include "launcher/config/run_options.h"
#include "models/catalog/model_options.h"
#include "sharding/feed/data_options.h"
#include "trainer/optimizer/ema_options.h"
#include "trainer/optimizer/optimizer_options.h"
#include "trainer/schedule/schedule_options.h"
#include "trainer/train_options.h"

namespace lockstep {

/// All that a training run is told, one member per section of the YAML file.
struct Config {
  RunOptions run;
  DataOptions data;
  ModelOptions model;
  TrainOptions train;
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  EmaOptions ema;
  CheckpointOptions checkpoint;
  LogOptions log;
};

}  // namespace lockstep
