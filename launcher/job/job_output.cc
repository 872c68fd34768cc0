#include "launcher/job/job_output.h"

#include <algorithm>
#include <cerrno>
#include <regex>
#include <unistd.h>

#include <fmt/format.h>

namespace lockstep {
namespace {

constexpr std::size_t longest_line = 1 << 20;  // a rank that writes no newline does not fill memory

/// Open MPI frames its help texts with rules of 74 dashes.
bool is_rule(std::string_view line) {
  return line.size() == 74 && line.find_first_not_of('-') == std::string_view::npos;
}

bool is_remark(std::string_view line) {
  return line.starts_with("mpirun: Forwarding signal") ||
         line.find("sent help message help-") != std::string_view::npos ||
         line.find("orte_base_help_aggregate") != std::string_view::npos ||
         line.find("ORTE_ERROR_LOG") != std::string_view::npos;
}

}  // namespace

LineSource LineSorter::sort(std::string_view line) {
  if (is_rule(line)) {
    in_banner_ = !in_banner_;
    return LineSource::mpirun;
  }
  return in_banner_ || is_remark(line) ? LineSource::mpirun : LineSource::rank;
}

std::string death_of_rank(std::string_view mpirun_text) {
  static const std::regex pattern(
      R"(process rank (\d+) with PID \d+ on node (\S+) exited on\s+signal (\d+) \(([^)]*)\))");
  std::match_results<std::string_view::const_iterator> match;
  if (!std::regex_search(mpirun_text.begin(), mpirun_text.end(), match, pattern)) return {};
  return fmt::format("rank {} on {} was ended by signal {} ({})", match.str(1), match.str(2),
                     match.str(3), match.str(4));
}

bool LineReader::read(const std::function<void(std::string_view)>& line) {
  char buffer[1 << 16];
  ssize_t count = 0;
  do {
    count = ::read(fd_, buffer, sizeof buffer);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) {
    if (!rest_.empty()) line(rest_);
    rest_.clear();
    return false;
  }
  rest_.append(buffer, static_cast<std::size_t>(count));
  std::size_t begin = 0;
  for (std::size_t end; (end = rest_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    line(std::string_view(rest_).substr(begin, end - begin));
  }
  rest_.erase(0, begin);
  if (rest_.size() > longest_line) {
    line(rest_);
    rest_.clear();
  }
  return true;
}

}  // namespace lockstep
