#include "launcher/cli/search_options.h"

#include "launcher/cli/output_file.h"

namespace lockstep {

void SearchOptions::add_config(CLI::App& app) {
  app.add_option("CONFIG|RUN", target, "A config file, or the directory of a run, for its config")
      ->required();
  app.add_option("key=value", overrides, "Overrides of config keys");
  add_ranks(app, ranks);
}

void SearchOptions::check_files(const std::filesystem::path& out,
                                const std::filesystem::path& plot) const {
  if (!out.empty()) check_output_file(out, force, {target});
  if (!plot.empty()) check_picture_file(plot, force, {target});
}

}  // namespace lockstep
