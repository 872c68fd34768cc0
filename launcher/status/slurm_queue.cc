#include "launcher/status/slurm_queue.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <poll.h>
#include <sstream>
#include <unistd.h>
#include <utility>
#include <vector>

#include <sys/wait.h>

#include "core/error.h"
#include "launcher/job/child_process.h"
#include "launcher/job/job_output.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kPatience = 5s;
constexpr std::size_t kMostText = 1 << 16;
constexpr const char* kFormat = "%i|%T|%r|%S|%L|%N";
constexpr std::size_t kFields = 6;

std::optional<fs::path> find_program(const std::string& name, const Environment& environment) {
  const auto path = environment.find("PATH");
  if (path == environment.end()) return std::nullopt;
  std::istringstream directories(path->second);
  for (std::string directory; std::getline(directories, directory, ':');) {
    const fs::path program = fs::path(directory) / name;
    std::error_code error;
    const bool is_found = fs::is_regular_file(program, error) && !directory.empty();
    if (is_found && ::access(program.c_str(), X_OK) == 0) return program;
  }
  return std::nullopt;
}

struct Answer {
  int code = -1;  ///< -1: a signal ended it
  std::string out, err;
};

void keep(std::string& text, std::string_view line) {
  if (text.size() < kMostText) text.append(line.substr(0, kMostText)).push_back('\n');
}

/// std::nullopt where it has not ended in time.
std::optional<Answer> run_briefly(const std::vector<std::string>& argv,
                                  const Environment& environment) {
  ChildProcess child(argv, environment);
  LineReader out(child.stdout_fd()), err(child.stderr_fd());
  Answer answer;
  bool out_open = true, err_open = true;
  const auto deadline = Clock::now() + kPatience;
  for (std::optional<int> status; Clock::now() < deadline;) {
    pollfd waiting[] = {{out_open ? child.stdout_fd() : -1, POLLIN, 0},
                        {err_open ? child.stderr_fd() : -1, POLLIN, 0}};
    ::poll(waiting, 2, 20);
    if (waiting[0].revents != 0) out_open = out.read([&](auto line) { keep(answer.out, line); });
    if (waiting[1].revents != 0) err_open = err.read([&](auto line) { keep(answer.err, line); });
    if (!status) status = child.poll_status();
    if (!status || out_open || err_open) continue;
    if (WIFEXITED(*status)) answer.code = WEXITSTATUS(*status);
    return answer;
  }
  return std::nullopt;
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
  const std::optional<fs::path> squeue = find_program("squeue", environment_);
  if (!squeue || !is_job_id(job)) return std::nullopt;
  const std::optional<Answer> answer =
      run_briefly({squeue->string(), "-h", "-t", "all", "-j", job, "-o", kFormat}, environment_);
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
  const std::optional<fs::path> program = find_program("scancel", environment_);
  check(program.has_value() && is_job_id(job), ExitCode::rank_lost,
        "job {} cannot be cancelled: there is no scancel on PATH", job);
  std::vector<std::string> argv = {program->string()};
  argv.insert(argv.end(), words.begin(), words.end());
  argv.push_back(job);
  const std::optional<Answer> answer = run_briefly(argv, environment_);
  check(answer && answer->code == 0, ExitCode::rank_lost,
        "`scancel {}` has failed ({}): the job is still in the queue", job,
        answer ? answer->err : "no answer");
}

void SlurmQueue::cancel(const std::string& job) const { scancel({}, job); }

void SlurmQueue::cancel_waiting(const std::string& job) const { scancel({"--state=PENDING"}, job); }

}  // namespace lockstep
