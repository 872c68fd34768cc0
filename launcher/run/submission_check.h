#pragma once

#include <spdlog/logger.h>

#include "launcher/run/train_job.h"

namespace lockstep {

/// What a job would find when its turn comes, found before it waits: decides all that `train`
/// decides before it builds a network, for a job of `ranks` ranks, on this machine, which needs no
/// GPU and of which nothing is changed. Returns the run's lanes. Throws as `train` would.
int check_before_queue(const TrainJob& job, int ranks, spdlog::logger& log);

}  // namespace lockstep
