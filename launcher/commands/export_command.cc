#include "launcher/commands/export_command.h"

#include "checkpoint/format.h"
#include "checkpoint/selection.h"
#include "core/log.h"
#include "launcher/commands/option_types.h"
#include "launcher/run/exported_model.h"
#include "sharding/format/pack_format.h"
#include "trainer/training_state.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// The file must not be part of what others own, nor replace what is there.
void check_place(const ExportCommand& command) {
  std::error_code error;
  const fs::path folder = fs::absolute(command.out).parent_path();
  check(command.out.has_filename() && !fs::is_directory(command.out, error), ExitCode::usage,
        "'{}' is a directory; give the name of a file, such as '{}'", command.out,
        command.out / "model.safetensors");
  check(fs::is_directory(folder, error), ExitCode::usage, "the directory '{}' does not exist",
        folder);
  check(!fs::exists(folder / kManifestFile, error) && !fs::exists(folder / kPackManifest, error),
        ExitCode::usage, "'{}' is a checkpoint or a pack, which nothing is added to", folder);
  check(command.force || !fs::exists(fs::symlink_status(command.out, error)), ExitCode::usage,
        "'{}' exists; --force replaces it", command.out);
}

}  // namespace

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
  app.add_flag("--force", force, "Replace the file");
}

ExitCode ExportCommand::run(Process&) const {
  check_place(*this);
  const std::unique_ptr<Communicator> alone = make_single_communicator();
  const ChosenCheckpoint chosen = choose_checkpoint(*alone, target, check_training_state);
  const DType type = dtype == "f16" ? DType::f16 : dtype == "bf16" ? DType::bf16 : DType::f32;
  const FileDigest written = export_model(chosen.checkpoint, names, type, out);
  make_console_logger()->info(message("'{}' has the model of {} ({}): {:.1f} MB, hash {}", out,
                                      chosen.checkpoint.directory, chosen.reason,
                                      static_cast<double>(written.bytes) / 1e6, written.xxh3_128));
  return ExitCode::ok;
}

}  // namespace lockstep
