#pragma once

#include <memory>

#include "trainer/task/task.h"

namespace lockstep {

/// The task that `spec` describes.
std::unique_ptr<Task> make_task(const TaskSpec& spec);

}  // namespace lockstep
