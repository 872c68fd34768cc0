#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/temporary_directory.h"

namespace lockstep {

/// How a program ended.
struct ProgramResult {
  int exit_code = -1;  ///< 128 + the signal's number where one ended it
  std::string out;
  std::string err;
};

/// A started program, its stdin empty, its output in files of its own. Killed where it is destroyed
/// unfinished.
class RunningProgram {
 public:
  explicit RunningProgram(const std::vector<std::string>& words);
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  int pid() const { return pid_; }
  bool running();
  /// Waits at most so long; returns running().
  bool running_after(std::chrono::milliseconds time);
  ProgramResult wait();
  /// What it has printed on stderr so far.
  std::string err() const;
  /// Its process id and those of all processes that it started, whatever became of their parents in
  /// between.
  std::vector<int> family() const;

 private:
  TemporaryDirectory files_;
  int pid_ = -1;
  int status_ = 0;
  bool finished_ = false;
};

/// `lockstep` with these arguments, to its end.
ProgramResult lockstep_program(std::vector<std::string> arguments);
/// The words that start it.
std::vector<std::string> lockstep_words(std::vector<std::string> arguments);

/// A pack of small images in two splits, "train" and "valid", whose classes can be learnt, made by
/// `lockstep pack` from IDX files; and a config that trains on it in a second or two. One per test
/// program.
class SmallJob {
 public:
  SmallJob();

  /// Arguments of `lockstep train` for the run directory of this name, on so many ranks; `more` is
  /// added.
  std::vector<std::string> train(const std::string& run, int ranks,
                                 std::vector<std::string> more = {}) const;
  std::filesystem::path run_dir(const std::string& run) const { return directory_ / run; }
  std::filesystem::path pack() const { return directory_ / "pack"; }

 private:
  TemporaryDirectory directory_;
};

/// `lockstep checkpoints RUN --json`.
nlohmann::json checkpoints_of(const std::filesystem::path& run);
/// The state digest of the newest checkpoint, and its step.
struct RunState {
  std::int64_t step = -1;
  std::string digest;
  bool operator==(const RunState&) const = default;
};
RunState newest_state(const std::filesystem::path& run);

}  // namespace lockstep
