#pragma once

#include <cstdint>
#include <vector>

#include "models/network/image_model.h"
#include "trainer/fine_tune_options.h"
#include "trainer/lane/flat_model.h"

namespace lockstep {

/// The epochs at which a run begins to train other parameters; the first is 0. Throws Error(usage)
/// where the options contradict each other, or `epochs`, those of the run.
std::vector<std::int64_t> phase_begins(const FineTuneOptions& options, std::int64_t epochs);

/// The phase that an epoch, counted from 0, belongs to.
int phase_of(const std::vector<std::int64_t>& begins, std::int64_t epoch);

/// Which parameters of `model` are trained in `phase`; empty where all are. Throws Error(usage)
/// for a pattern that nothing is called by, or where nothing is left to train.
IsTrained trained_in(const FineTuneOptions& options, const ImageModel& model, int phase);

/// The stages of which something is trained, in the order of the network.
std::vector<std::string> trained_stages(const ImageModel& model, const IsTrained& is_trained);

}  // namespace lockstep
