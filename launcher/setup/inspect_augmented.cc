#include "launcher/setup/inspect_augmented.h"

#include "launcher/report/augmented_sheet.h"
#include "launcher/report/inspect_grid.h"
#include "launcher/setup/data_setup.h"
#include "launcher/setup/run_config.h"
#include "sharding/format/pack_format.h"

namespace lockstep {

ExitCode run_inspect_augmented(const std::filesystem::path& target,
                               const std::vector<std::string>& overrides,
                               const std::filesystem::path& picture, spdlog::logger& log) {
  check(!std::filesystem::exists(target / kPackManifest), ExitCode::usage,
        "'{}' is a pack, but --augmented needs a config: give the config that trains on this pack, "
        "or use --grid {} to draw the pack itself",
        target.string(), picture.string());
  const Config config = read_run_config(target, overrides);
  const TrainingData data = open_training_data(config.data);
  check(!data.pack.features(), ExitCode::usage,
        "pack '{}' has features, and no images to augment: give the pack that they were taken of",
        config.data.pack);
  const InputSpec input = input_spec(config, data.pack, *data.train);
  write_png(picture,
            draw_contact_sheet(augmented_sheet(data.labels.names, data.train,
                                               loader_options(config, input, /*cores=*/1))));
  log.info(message("wrote '{}'", picture));
  return ExitCode::ok;
}

}  // namespace lockstep
