#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "launcher/run/eval_rank.h"
#include "launcher/run/train_rank.h"
#include "sharding/source/source_options.h"
#include "sharding/write/image_options.h"

namespace lockstep {

/// -n: how many ranks this process starts; absent: none, it is the one.
struct RankCount {
  bool automatic = false;  ///< -n auto
  int ranks = 0;
  bool operator==(const RankCount&) const = default;
};

struct PackCommand : SourceOptions {
  std::filesystem::path out;
  ImageOptions image;
  int jobs = 0;  ///< threads; 0: one a core
  std::uint64_t shard_bytes = std::uint64_t{1} << 30;
  bool strict = false;  ///< make no pack where a sample has a fault
  bool force = false;   ///< replace a finished pack that was made from other input
};

struct InspectCommand {
  std::filesystem::path target;        ///< a pack's directory; with `augmented`, as in TrainCommand
  std::vector<std::string> overrides;  ///< key=value, of the config
  bool json = false;
  bool quick = false;               ///< leave out what needs images decoded
  int jobs = 0;                     ///< threads; 0: one a core
  std::filesystem::path grid;       ///< draw the pack's images here; empty: do not
  std::filesystem::path augmented;  ///< draw what the config makes of images here, and no more
  std::uint64_t seed = 1;           ///< which images `grid` shows
};

struct VerifyCommand {
  std::filesystem::path pack;
};

struct TrainCommand {
  std::filesystem::path target;  ///< a config file, or the directory of a run
  std::optional<RankCount> ranks;
  Resume resume = Resume::automatic;
  std::filesystem::path resume_path;
  int lanes = 0;
  ConfigChange change = ConfigChange::refuse;
  bool dry_run = false;
  std::vector<std::string> overrides;  ///< key=value
};

struct EvalCommand {
  EvalJob job;
  std::optional<RankCount> ranks;
};

struct CheckpointsCommand {
  std::filesystem::path target;        ///< as in TrainCommand
  std::vector<std::string> overrides;  ///< key=value; they matter to a config file
  bool json = false;
};

/// Help or the version was asked for, and this is it.
struct PrintCommand {
  std::string text;
};

using Command = std::variant<PrintCommand, PackCommand, InspectCommand, VerifyCommand, TrainCommand,
                             EvalCommand, CheckpointsCommand>;

/// What the words after the program's name ask for. Throws Error(usage).
Command parse_command_line(std::span<const std::string> words);

/// The words that give one rank the same command: without -n.
std::vector<std::string> rank_words(const TrainCommand& command);
std::vector<std::string> rank_words(const EvalCommand& command);

/// The job that `command` describes: reads the config. Throws Error(usage).
TrainJob train_job(const TrainCommand& command);
/// The same with a config that was read already.
TrainJob train_job(const TrainCommand& command, Config config);

/// The config that `command` draws images of. Throws Error(usage).
Config inspect_config(const InspectCommand& command);

/// The run that `command` names: the directory itself, or that of the config. Throws Error(usage).
std::filesystem::path run_directory(const CheckpointsCommand& command);

}  // namespace lockstep
