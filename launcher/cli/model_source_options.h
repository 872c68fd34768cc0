#pragma once

#include <CLI/CLI.hpp>

#include "launcher/use/asked_models.h"

namespace lockstep {

/// Adds the options of `eval` and `predict` that name a model and how it computes; the run or the
/// checkpoint is an argument of the command.
void add_model_source(CLI::App& app, ModelSource& source);

/// The same, and --tta and --ensemble.
void add_asking(CLI::App& app, Asking& asking);

/// The device that `source` asks for, as far as is known before it is read: for `-n auto`.
std::string device_of(const ModelSource& source);

}  // namespace lockstep
