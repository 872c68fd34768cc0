#pragma once

#include <filesystem>

#include "core/storage/safetensors.h"
#include "launcher/cli/process.h"
#include "models/weights/tensor_names.h"

namespace lockstep {

struct ExportCommand {
  static constexpr const char* kName = "export";
  static constexpr const char* kSummary = "Write a model's weights to a file for other tools";
  static const char* const kHelp;

  std::filesystem::path target;  ///< a run or a checkpoint
  std::filesystem::path out;
  NameStyle names = NameStyle::torchvision;
  std::string dtype = "f32";  ///< f32, f16 or bf16
  bool ema = false;           ///< the average of the weights
  bool force = false;         ///< replace the file

  void add_options(CLI::App& app);
  ExitCode run(Process& process) const;
};

}  // namespace lockstep
