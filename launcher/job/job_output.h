#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace lockstep {

/// Where a line of a job's stderr comes from.
enum class LineSource {
  rank,    ///< a rank's own words
  mpirun,  ///< Open MPI about the job: its banners between rules of dashes, and what it says of
           ///< signals
};

/// Tells mpirun's own lines from those of the ranks.
class LineSorter {
 public:
  LineSource sort(std::string_view line);

 private:
  bool in_banner_ = false;
};

/// "rank 1 on node7 was ended by signal 9 (Killed)", from what mpirun says when a rank dies without
/// a word of its own; empty where it says nothing of that kind.
std::string death_of_rank(std::string_view mpirun_text);

/// Cuts a stream into lines.
class LineReader {
 public:
  explicit LineReader(int fd) : fd_(fd) {}

  /// Reads what is there (blocking where there is nothing) and calls `line` for each whole line,
  /// without its newline. At the end of the stream a rest without newline counts as a line, and the
  /// result is false. Call again until then.
  bool read(const std::function<void(std::string_view)>& line);

 private:
  int fd_;
  std::string rest_;
};

}  // namespace lockstep
