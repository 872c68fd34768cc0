#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>
#include <spdlog/logger.h>

#include "core/file.h"
#include "launcher/config/config.h"

namespace lockstep {

/// The files of one run. Names only: nothing is created or read until a member says so.
///
///     const RunDirectory run("runs/mine");
///     const FileLock lock = run.lock();
///     run.save_config(config);
class RunDirectory {
 public:
  explicit RunDirectory(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path config_file() const { return path_ / "config.yaml"; }
  std::filesystem::path metrics_file() const { return path_ / "metrics.jsonl"; }
  std::filesystem::path checkpoints() const { return path_ / "checkpoints"; }
  std::filesystem::path logs() const { return path_ / "logs"; }  ///< one file a rank: core/log.h

  /// Creates the directory and takes its lock for as long as the result lives; rank 0 alone calls
  /// it. Throws Error(usage) that names the job that holds it.
  FileLock lock() const;

  /// Throws Error(storage) where the directory is no longer the one that was locked: another job
  /// may use its name by now.
  void check_in_place(const FileLock& lock) const;

  /// The config that the run was started with; std::nullopt in a new run directory.
  std::optional<Config> saved_config() const;
  /// Puts the resolved config in place (rank 0).
  void save_config(const Config& config) const;
  /// metrics.jsonl anew, with these lines: what it holds is of another course of training.
  void begin_metrics(std::span<const nlohmann::json> history) const;

 private:
  std::filesystem::path path_;
};

/// Throws Error(usage) where `run` is a pack's directory or lies in one: what is written there
/// would be lost when the pack is made anew.
void check_outside_packs(const RunDirectory& run);

/// `log`'s messages go to logs/rank_003.log of `run` too. Call it before other threads log.
void add_rank_log(spdlog::logger& log, const RunDirectory& run, int rank);

/// How far a run is, as its metrics see it.
struct MetricsPosition {
  std::int64_t step = 0;              ///< done
  std::int64_t evaluated_epochs = 0;  ///< whose line has been written
  std::int64_t rollbacks = 0;         ///< likewise
};

/// RUN/metrics.jsonl: one JSON object a line, each with a "step", those of kind "epoch" with an
/// "epoch", those of kind "rollback" with a "number". Rank 0 has one.
class MetricsFile {
 public:
  /// Opens for appending, after it cut away every line that comes later than `position` (the
  /// checkpoint that the run continues from) and a half-written last line, so that nothing stands
  /// twice. Throws Error(storage).
  /// `before_append` is called before each line, which what it throws prevents.
  MetricsFile(const std::filesystem::path& path, const MetricsPosition& position,
              std::function<void()> before_append = {});

  /// Appends one line; `json_object` has no newline. Throws Error(storage).
  void append(std::string_view json_object);

  /// What was wrong with the file that was there; empty: nothing.
  const std::string& problem() const { return problem_; }

 private:
  std::string problem_;
  std::filesystem::path path_;
  std::function<void()> before_append_;
  UniqueFd fd_;
};

/// What of a metrics file stays when the run continues at `position`: whole lines that are JSON
/// objects of what was done by then.
struct CutMetrics {
  std::string text;
  std::uint64_t unreadable = 0;        ///< lines that are none
  std::uint64_t first_unreadable = 0;  ///< its number, from 1
};
CutMetrics cut_metrics(std::string_view text, const MetricsPosition& position);

}  // namespace lockstep
