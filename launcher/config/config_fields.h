#pragma once

#include <vector>

#include "launcher/config/config_field.h"

namespace lockstep {

/// Every key, in the order in which a config is written.
const std::vector<ConfigField>& config_fields();

/// Those of one section each: a new key is one line in its section's file.
std::vector<ConfigField> run_fields();
std::vector<ConfigField> data_fields();
std::vector<ConfigField> augment_fields();  ///< of the section data.augment
std::vector<ConfigField> task_fields();
std::vector<ConfigField> model_fields();
std::vector<ConfigField> train_fields();
std::vector<ConfigField> optimizer_fields();
std::vector<ConfigField> schedule_fields();
std::vector<ConfigField> fine_tune_fields();
std::vector<ConfigField> ema_fields();
std::vector<ConfigField> early_stopping_fields();
std::vector<ConfigField> rollback_fields();
std::vector<ConfigField> checkpoint_fields();
std::vector<ConfigField> log_fields();
std::vector<ConfigField> slurm_fields();

}  // namespace lockstep
