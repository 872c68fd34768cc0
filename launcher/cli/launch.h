#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "launcher/cli/process.h"
#include "launcher/job/stop_request.h"

namespace lockstep {

/// The most ranks or lanes that a command may ask for.
inline constexpr int kMostRanks = 1 << 16;

/// -n: how many ranks this process starts; absent: none, it is the one.
struct RankCount {
  bool automatic = false;  ///< -n auto
  int ranks = 0;
  bool operator==(const RankCount&) const = default;
};

/// Adds -n.
void add_ranks(CLI::App& app, std::optional<RankCount>& ranks);

/// How this process was started, and how it is stopped.
class Launch {
 public:
  Launch(Process& process, OnStop on_stop);

  /// How many ranks -n asks for; `automatic` counts them for `auto`. 1 without -n, and in a rank
  /// that such a parent started, which has the same words. Throws Error(usage) where another
  /// launcher started this process as a rank.
  template <typename Automatic>
  int count_ranks(const std::optional<RankCount>& ranks, Automatic automatic) const {
    if (!ranks || has_parent()) return 1;
    check_that_alone();
    return ranks->automatic ? automatic() : ranks->ranks;
  }

  /// This process as the job's parent: starts `ranks` ranks of the same command, which compute on
  /// `device` (auto, cpu, cuda), and waits for them.
  ExitCode start_ranks(int ranks, const std::string& device,
                       const std::filesystem::path& mpirun_log) const;

  /// This process as a rank.
  RankContext& start_rank() const;
  /// For a process that leaves the work to children: signals end it as they end a rank.
  void work() const { stop_.work(on_stop_); }
  bool is_rank_of_launcher() const { return mode_ == LaunchMode::rank; }

 private:
  bool has_parent() const;
  void check_that_alone() const;

  Process& process_;
  LaunchMode mode_;
  OnStop on_stop_;
  StopRequest stop_;
};

/// What `-n auto` means: one rank for each GPU that `device` lets it use, else for each core; at
/// most `lanes`, where that is not 0.
int count_automatic_ranks(int lanes, const std::string& device);

}  // namespace lockstep
