#include "launcher/config/config_fields.h"
#include "launcher/config/field_types.h"

namespace lockstep {

using namespace fields;

std::vector<ConfigField> slurm_fields() {
  const auto word = [](const char* key, std::string SlurmOptions::*member) {
    return text(key, free, at(&Config::slurm, member), Empty::allowed);
  };
  const auto count = [](const char* key, int SlurmOptions::*member, int low, int high) {
    return number(key, free, at(&Config::slurm, member), low, high);
  };
  return {
      word("slurm.job_name", &SlurmOptions::job_name),
      word("slurm.partition", &SlurmOptions::partition),
      word("slurm.account", &SlurmOptions::account),
      word("slurm.qos", &SlurmOptions::qos),
      word("slurm.time", &SlurmOptions::time),
      word("slurm.mem", &SlurmOptions::mem),
      word("slurm.constraint", &SlurmOptions::constraint),
      word("slurm.exclude", &SlurmOptions::exclude),
      count("slurm.nodes", &SlurmOptions::nodes, 1, 1 << 16),
      count("slurm.nodes_min", &SlurmOptions::nodes_min, 0, 1 << 16),
      count("slurm.ntasks_per_node", &SlurmOptions::ntasks_per_node, 0, 4096),
      count("slurm.gpus_per_node", &SlurmOptions::gpus_per_node, 0, 4096),
      count("slurm.cpus_per_task", &SlurmOptions::cpus_per_task, 0, 4096),
      choice("slurm.launcher", free, at(&Config::slurm, &SlurmOptions::launcher)),
      count("slurm.signal_s", &SlurmOptions::signal_s, 1, 65535),
      count("slurm.max_stalled", &SlurmOptions::max_stalled, 1, 1000),
      texts("slurm.setup", free, at(&Config::slurm, &SlurmOptions::setup), Alone::list),
      texts("slurm.wrapper", free, at(&Config::slurm, &SlurmOptions::wrapper), Alone::list),
  };
}

}  // namespace lockstep
