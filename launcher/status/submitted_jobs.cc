#include "launcher/status/submitted_jobs.h"

#include <cstdint>
#include <optional>
#include <sstream>
#include <system_error>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "core/json_fields.h"
#include "core/json_parse.h"
#include "launcher/status/slurm_queue.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kMostText = 1 << 20;

std::optional<SubmittedJob> parse_line(std::string_view line) {
  try {
    const auto json = parse_json<nlohmann::json>(line, ExitCode::storage);
    const auto text = [&](const char* key) {
      const auto found = json.find(key);
      return found != json.end() && found->is_string() ? found->template get<std::string>() : "";
    };
    if (!json.is_object() || !is_job_id(text("job"))) return std::nullopt;
    return SubmittedJob{text("job"), text("array"), text("runs")};
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::vector<SubmittedJob> parse_submitted_jobs(std::string_view text) {
  std::vector<SubmittedJob> jobs;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (std::optional<SubmittedJob> job = parse_line(line)) jobs.push_back(*std::move(job));
  }
  return jobs;
}

std::vector<SubmittedJob> read_submitted_jobs(const std::filesystem::path& run) {
  try {
    return parse_submitted_jobs(
        read_file(run / "slurm" / "jobs.jsonl", ExitCode::storage, kMostText));
  } catch (const Error&) {
    return {};
  }
}

std::vector<SubmittedJob> newest_jobs(const std::filesystem::path& run) {
  constexpr std::size_t kMost = 8;
  std::vector<SubmittedJob> jobs = read_submitted_jobs(run);
  if (jobs.size() > kMost) jobs.erase(jobs.begin(), jobs.end() - kMost);
  return jobs;
}

std::filesystem::path output_of(const std::filesystem::path& run, const std::string& job) {
  std::filesystem::path file = run / "slurm" / (job + ".out");
  std::error_code error;
  return std::filesystem::is_regular_file(file, error) ? file : std::filesystem::path();
}

}  // namespace lockstep
