#pragma once

#include <memory>
#include <vector>

#include "models/network/image_model.h"
#include "trainer/lane/flat_model.h"
#include "trainer/task/task.h"

namespace lockstep {

/// A model, to be evaluated and not trained, whose answers (Task::predict) are the means of those
/// of `members`, such as the snapshots of one run (Huang et al., "Snapshot ensembles", 2017). Their
/// parameters are not its own. `task` must outlive it.
std::shared_ptr<ImageModel> make_ensemble(std::vector<std::unique_ptr<FlatModel>> members,
                                          const Task& task);

}  // namespace lockstep
