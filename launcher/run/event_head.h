#pragma once

#include <string>

#include "imaging/pixels/image.h"
#include "launcher/run/resolved_run.h"
#include "launcher/setup/data_setup.h"
#include "launcher/tensorboard/event_record.h"

namespace lockstep {

/// What an event file (launcher/tensorboard) says of a run before its metrics, as records: what
/// decides its numbers, and a picture of what its network is fed with (inspect --augmented), if
/// these are images.
std::string event_head(const ResolvedRun& run, const TrainingData& data);

/// image_record() of a picture, as PNG.
std::string picture_record(const EventTime& at, const std::string& tag, const Image& picture);

}  // namespace lockstep
