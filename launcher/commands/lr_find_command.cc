#include "launcher/commands/lr_find_command.h"

#include "launcher/cli/option_types.h"

namespace lockstep {
namespace {

CLI::Option* add_rate(CLI::App& app, const std::string& name, double& rate,
                      const std::string& help) {
  const auto read = [=, &rate](const std::string& text) {
    const std::optional<double> number = parse_number<double>(text);
    if (!number || *number <= 0) {
      throw CLI::ValidationError(name, "'" + text + "' is not a number above 0");
    }
    rate = *number;
  };
  return app.add_option_function<std::string>(name, read, help)
      ->type_name("RATE")
      ->default_str(fmt::format("{:g}", rate));
}

}  // namespace

const char* const LrFindCommand::kHelp =
    R"(Trains from the beginning with a rate that grows from step to step, until the loss diverges, and
says which rates to train with. Nothing is stored: no run directory is read or written.

Examples:
  lockstep lr-find configs/fashion_mnist.yaml
  lockstep lr-find configs/fashion_mnist.yaml -n 2 --plot rates.png --out rates.csv
  lockstep lr-find configs/fashion_mnist.yaml --powers-of-2 --steps 50)";

void LrFindCommand::add_options(CLI::App& app) {
  search.add_config(app);
  CLI::Option* const from = add_rate(app, "--from", job.from, "The first rate, as a step takes it");
  CLI::Option* const to = add_rate(app, "--to", job.to, "The last");
  add_number(app, "--steps", job.steps, 2, 100'000, "Steps of the sweep, or of each short training")
      ->default_str("100");
  app.add_flag("--powers-of-2", job.powers_of_2,
               "Instead: a short training with each power of 2 times the\nconfig's rate, from the "
               "beginning")
      ->excludes(from)
      ->excludes(to);
  search.add_files(app, job, "the losses");
}

ExitCode LrFindCommand::run(Process& process) const {
  check(job.from < job.to, ExitCode::usage, "--from is {}, which is not less than --to, {}",
        job.from, job.to);
  return search.run(process, job, run_rate_search);
}

}  // namespace lockstep
