#include "launcher/commands/inspect_augmented.h"

#include "core/error.h"
#include "launcher/report/augmented_sheet.h"
#include "launcher/report/inspect_grid.h"
#include "launcher/run/data_setup.h"
#include "launcher/run/run_config.h"
#include "sharding/format/pack_format.h"

namespace lockstep {

ExitCode run_inspect_augmented(const InspectCommand& command, spdlog::logger& log) {
  check(!std::filesystem::exists(command.target / kPackManifest), ExitCode::usage,
        "'{}' is a pack, but --augmented needs a config: give the config that trains on this pack, "
        "or "
        "use --grid {} to draw the pack itself",
        command.target.string(), command.augmented.string());
  const Config config = read_run_config(command.target, command.overrides);
  const TrainingData data = open_training_data(config.data);
  const InputSpec input = input_spec(config, data.pack, *data.train);
  write_png(command.augmented, draw_contact_sheet(augmented_sheet(data.pack, data.train,
                                                                  loader_options(config, input))));
  log.info("wrote '{}'", command.augmented.string());
  return ExitCode::ok;
}

}  // namespace lockstep
