#include "launcher/commands/export_command.h"

#include "checkpoint/selection.h"
#include "core/log.h"
#include "launcher/cli/option_types.h"
#include "launcher/cli/output_file.h"
#include "launcher/setup/exported_model.h"
#include "trainer/training_state.h"

namespace lockstep {
const char* const ExportCommand::kHelp =
    R"(The file is a safetensors file that torchvision's (or timm's) network of that name takes. Its
metadata say what is needed to use it: network, classes, image size, mean and std.

Examples:
  lockstep export runs/mine mine.safetensors
  lockstep export runs/mine mine.safetensors --names timm --dtype f16)";

void ExportCommand::add_options(CLI::App& app) {
  app.add_option("RUN|CHECKPOINT", target,
                 "A run's directory (its best checkpoint, else its newest), or one checkpoint's")
      ->required();
  app.add_option("OUT", out, "The file to write, OUT.safetensors")->required();
  add_choice(app, "--names", names, "Whose names the tensors get");
  app.add_option("--dtype", dtype, "Type of the numbers")
      ->check(CLI::IsMember({"f32", "f16", "bf16"}).description(""))
      ->type_name("f32|f16|bf16")
      ->default_str(dtype);
  app.add_flag("--ema", ema, "The average of the weights that a run with ema.decay keeps");
  app.add_flag("--force", force, "Replace the file");
}

ExitCode ExportCommand::run(Process&) const {
  check_output_file(out, force);
  const std::unique_ptr<Communicator> alone = make_single_communicator();
  const ChosenCheckpoint chosen = choose_checkpoint(*alone, target, check_training_state);
  const DType type = dtype == "f16" ? DType::f16 : dtype == "bf16" ? DType::bf16 : DType::f32;
  const WeightsOf whose = ema ? WeightsOf::average : WeightsOf::model;
  const FileDigest written =
      export_model(chosen.checkpoint, {.names = names, .dtype = type, .whose = whose}, out);
  make_console_logger()->info(message("'{}' has the model of {} ({}{}): {:.1f} MB, hash {}", out,
                                      chosen.checkpoint.directory, chosen.reason,
                                      weights_note(chosen.checkpoint, whose),
                                      static_cast<double>(written.bytes) / 1e6, written.xxh3_128));
  return ExitCode::ok;
}

}  // namespace lockstep
