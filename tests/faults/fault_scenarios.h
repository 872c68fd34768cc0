#pragma once

// What disk_faults.cc tries: commands, and what must be there when a call of theirs has failed.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lockstep {

/// A way for calls to fail.
struct Way {
  std::string name;
  std::string kind;   ///< as failing_disk.cc knows it
  std::string calls;  ///< the names of those that fail, with spaces between; empty: all
};

struct Fault {
  long at = 0;  ///< 0: none
  Way way;
};

/// A command whose calls below `directory` fail. It is given the same state each time.
struct Scenario {
  std::string name;
  std::vector<std::string> command;
  std::filesystem::path directory;
  std::string rank;   ///< the rank whose calls fail; empty: a command without ranks
  int exit_code = 0;  ///< without a fault
  int step = 1;       ///< of the short form: every so many calls
  std::function<void()> prepare;
  /// What is wrong after a command ended with this code; empty where nothing is. `faulty` is false
  /// for the undisturbed command that follows.
  std::function<std::string(int code, const Fault& fault, bool faulty)> find_wrong;
  std::shared_ptr<void> owner = {};  ///< of what the functions use
};

/// `lockstep pack`: into nothing, over another pack, after one that was killed, and refused.
std::vector<Scenario> pack_scenarios();
/// `lockstep train` in one process, from the beginning and continued.
std::vector<Scenario> train_scenarios();
/// `lockstep train -n 2`, whose rank 0 writes the checkpoints.
std::vector<Scenario> rank_scenarios();

}  // namespace lockstep
