#include "launcher/status/slurm_queue.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>
#include <utility>
#include <vector>

#include "core/error.h"
#include "launcher/job/child_process.h"
#include "launcher/job/mpirun_command.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "%i|%T|%r|%S|%L|%N";
constexpr std::size_t kFields = 6;

std::optional<ProgramEnd> run_briefly(const std::vector<std::string>& argv,
                                      const Environment& environment) {
  constexpr ProgramLimits kLimits{.time = std::chrono::seconds(5), .text = 1 << 16};
  return run_program(argv, environment, kLimits);
}

}  // namespace

JobStage stage_of(const QueuedJob& job) {
  constexpr std::array kWaiting = {"PENDING",      "REQUEUED",    "REQUEUE_HOLD",
                                   "SPECIAL_EXIT", "REQUEUE_FED", "RESV_DEL_HOLD"};
  constexpr std::array kEnded = {"COMPLETED", "FAILED",        "CANCELLED", "TIMEOUT",
                                 "NODE_FAIL", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE",
                                 "PREEMPTED", "REVOKED"};
  if (std::ranges::find(kWaiting, job.state) != kWaiting.end()) return JobStage::waiting;
  return std::ranges::find(kEnded, job.state) != kEnded.end() ? JobStage::ended : JobStage::active;
}

bool is_job_id(std::string_view text) {
  const auto is_number = [](std::string_view part) {
    return !part.empty() && part.size() <= 20 &&
           part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const std::size_t task = text.find('_');
  return is_number(text.substr(0, task)) &&
         (task == std::string_view::npos || is_number(text.substr(task + 1)));
}

bool has_failed(const QueuedJob& job) {
  return stage_of(job) == JobStage::ended && job.state != "COMPLETED" && job.state != "CANCELLED";
}

std::optional<QueuedJob> parse_queue(std::string_view line) {
  std::istringstream text{std::string(line)};
  std::vector<std::string> fields;
  for (std::string field; std::getline(text, field, '|');) fields.push_back(field);
  if (fields.size() == kFields - 1) fields.emplace_back();  // no nodes yet
  if (fields.size() != kFields || fields[0].empty()) return std::nullopt;
  return QueuedJob{fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]};
}

std::optional<std::vector<QueuedJob>> SlurmQueue::ask_all(const std::string& job) const {
  const fs::path squeue = find_on_path(environment_, "squeue");
  if (squeue.empty() || !is_job_id(job)) return std::nullopt;
  const std::optional<ProgramEnd> answer =
      run_briefly({squeue.string(), "-h", "-t", "all", "-j", job, "-o", kFormat}, environment_);
  if (!answer) return std::nullopt;
  std::vector<QueuedJob> jobs;
  if (answer->code != 0) {
    if (answer->err.find("Invalid job id") == std::string::npos) return std::nullopt;
    return jobs;
  }
  std::istringstream lines(answer->out);
  for (std::string line; std::getline(lines, line);) {
    std::optional<QueuedJob> parsed = parse_queue(line);
    if (!parsed) return std::nullopt;  // in other words than ours
    jobs.push_back(*std::move(parsed));
  }
  return jobs;
}

std::optional<QueueAnswer> SlurmQueue::ask(const std::string& job) const {
  const std::optional<std::vector<QueuedJob>> jobs = ask_all(job);
  if (!jobs) return std::nullopt;
  return jobs->empty() ? QueueAnswer{} : QueueAnswer{jobs->front()};
}

void SlurmQueue::scancel(const std::vector<std::string>& words, const std::string& job) const {
  const fs::path program = find_on_path(environment_, "scancel");
  check(!program.empty() && is_job_id(job), ExitCode::rank_lost,
        "job {} cannot be cancelled: there is no scancel on PATH", job);
  std::vector<std::string> argv = {program.string()};
  argv.insert(argv.end(), words.begin(), words.end());
  argv.push_back(job);
  const std::optional<ProgramEnd> answer = run_briefly(argv, environment_);
  check(answer && answer->code == 0, ExitCode::rank_lost,
        "`scancel {}` has failed ({}): the job is still in the queue", job,
        answer ? answer->err : "no answer");
}

void SlurmQueue::cancel(const std::string& job) const { scancel({}, job); }

void SlurmQueue::cancel_waiting(const std::string& job) const { scancel({"--state=PENDING"}, job); }

}  // namespace lockstep
