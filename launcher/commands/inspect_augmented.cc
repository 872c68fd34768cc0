#include "launcher/commands/inspect_augmented.h"

#include "core/error.h"
#include "launcher/report/augmented_sheet.h"
#include "launcher/report/inspect_grid.h"
#include "launcher/run/data_setup.h"
#include "sharding/format/pack_format.h"

namespace lockstep {

ExitCode run_inspect_augmented(const InspectCommand& command, spdlog::logger& log) {
  check(!std::filesystem::exists(command.target / kPackManifest), ExitCode::usage,
        "'{}' is a pack, and augmentation is a config's; give the config that trains on it, or "
        "--grid {} to draw the pack itself",
        command.target.string(), command.augmented.string());
  const Config config = inspect_config(command);
  const Pack pack = open_classification_pack(config.data.pack);
  const std::shared_ptr<const Dataset> dataset =
      limit_dataset(pack.split(config.data.train), config.data.limit);
  const InputSpec input = input_spec(config, pack, *dataset);
  write_png(command.augmented,
            draw_contact_sheet(augmented_sheet(pack, dataset, loader_options(config, input))));
  log.info("'{}' is drawn", command.augmented.string());
  return ExitCode::ok;
}

}  // namespace lockstep
