#include "launcher/config/config_fields.h"

#include <iterator>

namespace lockstep {
namespace {

std::vector<ConfigField> all_fields() {
  std::vector<ConfigField> all;
  for (const auto& section :
       {run_fields, data_fields, augment_fields, task_fields, model_fields, train_fields,
        optimizer_fields, schedule_fields, fine_tune_fields, ema_fields, early_stopping_fields,
        rollback_fields, checkpoint_fields, log_fields, slurm_fields}) {
    std::vector<ConfigField> fields = section();
    all.insert(all.end(), std::make_move_iterator(fields.begin()),
               std::make_move_iterator(fields.end()));
  }
  return all;
}

}  // namespace

const std::vector<ConfigField>& config_fields() {
  static const std::vector<ConfigField> fields = all_fields();
  return fields;
}

}  // namespace lockstep
