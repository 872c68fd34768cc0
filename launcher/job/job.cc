#include "launcher/job/job.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <unistd.h>

#include <sys/uio.h>
#include <sys/wait.h>

#include "launcher/job/child_process.h"
#include "launcher/job/job_output.h"
#include "launcher/job/mpirun_command.h"
#include "launcher/job/passed_environment.h"
#include "launcher/job/progress.h"
#include "launcher/job/scratch_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Open MPI's segment for each rank, with room for what else the ranks keep in /dev/shm.
constexpr std::uint64_t segment_bytes = 8u << 20;

/// Open MPI puts sockets under its session directory, and their paths are short by nature.
fs::path temporary_base(const Environment& environment) {
  const auto chosen = environment.find("TMPDIR");
  const bool usable = chosen != environment.end() && chosen->second.size() <= 40 &&
                      ::access(chosen->second.c_str(), W_OK) == 0;
  return usable ? fs::path(chosen->second) : fs::path("/tmp");
}

/// /dev/shm, or the temporary directory where that is too small (a container's 64 MB).
fs::path segment_base(int ranks, const fs::path& temporary) {
  const fs::path shm = "/dev/shm";
  const bool usable = ::access(shm.c_str(), W_OK) == 0 &&
                      free_bytes(shm) >= static_cast<std::uint64_t>(ranks) * segment_bytes;
  return usable ? shm : temporary;
}

bool cross_memory_attach_works() {
  char source = 1, target = 0;
  const iovec local{&target, 1}, remote{&source, 1};
  return ::process_vm_readv(::getpid(), &local, 1, &remote, 1, 0) == 1;
}

void write_line(int fd, std::string_view line) {
  const std::string text = std::string(line) + "\n";
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = ::write(fd, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;  // the reader went away; the job goes on
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// One job from its start to its last word.
class Job {
 public:
  Job(const JobRequest& request, const MpirunCommand& command)
      : request_(request),
        mpirun_path_(command.argv.front()),
        mpirun_(command.argv, command.environment),
        out_(mpirun_.stdout_fd()),
        err_(mpirun_.stderr_fd()) {}

  ExitCode run(const StopRequest& stop) {
    bool out_open = true, err_open = true;
    std::optional<Clock::time_point> ended;
    // Its end and the end of its output come in any order; a process that it left behind may hold
    // the pipes open, so after its end they get a moment only.
    while (!ended || ((out_open || err_open) && Clock::now() < *ended + 2s)) {
      pollfd waiting[] = {{out_open ? mpirun_.stdout_fd() : -1, POLLIN, 0},
                          {err_open ? mpirun_.stderr_fd() : -1, POLLIN, 0}};
      ::poll(waiting, 2, 50);
      if (waiting[0].revents != 0)
        out_open = out_.read([&](auto line) { write_line(STDOUT_FILENO, line); });
      if (waiting[1].revents != 0) err_open = err_.read([&](auto line) { take(line); });
      if (!ended && mpirun_.poll_status()) ended = Clock::now();
      if (!ended) pass_on(stop);
      if (!ended) end_failed_start();
    }
    display_.clear();
    const int status = *mpirun_.poll_status();
    const bool ended_well =
        WIFEXITED(status) &&
        (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == static_cast<int>(ExitCode::requeue));
    check(!killed_at_ || ended_well, ExitCode::rank_lost, "interrupted{}",
          saves() ? ": the ranks were killed before they had stopped by themselves; started again, "
                    "the job continues from its newest checkpoint"
                  : "");
    check(!failed_start_ || ended_well || failure_, ExitCode::rank_lost,
          "a rank could not start MPI, which says why above; where it is short of something, "
          "`ulimit -a`, `df /dev/shm` and `df {}` show what",
          temporary_base(request_.environment).string());
    const ExitCode code = outcome(status, failure_, mpirun_text_, saves());
    check(ready_, ExitCode::usage,
          "'{}' ended without an error, but it has started no rank of lockstep: is it Open MPI's "
          "mpirun? LOCKSTEP_MPIRUN names another",
          mpirun_path_);
    return code;
  }

 private:
  void take(std::string_view line) {
    if (!failed_start_ && line.find("before MPI_INIT completed") != line.npos) {
      failed_start_ = Clock::now();
    }
    if (const std::optional<Event> event = decode(line)) {
      std::visit([this](const auto& which) { take_event(which); }, *event);
    } else if (sorter_.sort(line) == LineSource::mpirun || killed_at_) {
      keep(line);
    } else {
      display_.clear();
      write_line(STDERR_FILENO, printable_lines(line));
    }
  }

  void take_event(const ReadyEvent&) { ready_ = true; }
  void take_event(const ProgressEvent& event) { display_.update(event); }
  void take_event(const FailureEvent& event) {
    // The first that knows its cause: others may only have noticed that a peer was gone.
    const int unknown = static_cast<int>(ExitCode::rank_lost);
    if (!failure_ || (failure_->code == unknown && event.code != unknown)) failure_ = event;
  }

  void keep(std::string_view line) {
    if (mpirun_text_.size() < (1u << 16)) mpirun_text_.append(line).push_back('\n');
    const fs::path& log = request_.mpirun_log;
    if (log.empty() || !fs::is_directory(fs::symlink_status(log.parent_path()))) return;
    try {
      write_line(open_for_appending(log).get(), line);
    } catch (const Error&) {  // its text is kept, and told at the end if need be
    }
  }

  void pass_on(const StopRequest& stop) {
    if (!stop.requested()) return;
    // Before they are ready the signal would kill the ranks: it waits.
    if (ready_ && !asked_ && saves()) {
      asked_ = true;
      mpirun_.send_signal(SIGUSR2);
      say("stopping: the ranks finish their step and commit a checkpoint (Ctrl-C again kills "
          "them)");
    }
    if ((stop.interrupts() >= 2 || !saves()) && !killed_at_) {
      killed_at_ = Clock::now();
      mpirun_.send_signal(SIGTERM);
      say("killing the ranks");
    }
    if (killed_at_ && Clock::now() > *killed_at_ + 5s) mpirun_.send_signal(SIGKILL);
  }

  /// Where a rank has died before MPI was there, mpirun may wait for ever.
  void end_failed_start() {
    if (!failed_start_ || Clock::now() < *failed_start_ + 5s) return;
    mpirun_.send_signal(Clock::now() < *failed_start_ + 8s ? SIGTERM : SIGKILL);
  }

  bool saves() const { return request_.on_stop == OnStop::saves; }

  void say(std::string_view text) {
    display_.clear();
    write_line(STDERR_FILENO, "lockstep: " + std::string(text));
  }

  const JobRequest& request_;
  std::string mpirun_path_;
  ChildProcess mpirun_;
  LineReader out_, err_;
  LineSorter sorter_;
  ProgressDisplay display_{STDERR_FILENO};
  std::string mpirun_text_;
  std::optional<FailureEvent> failure_;
  bool ready_ = false;
  bool asked_ = false;
  std::optional<Clock::time_point> killed_at_;
  std::optional<Clock::time_point> failed_start_;
};

}  // namespace

ExitCode run_job(const JobRequest& request, const StopRequest& stop) {
  std::signal(SIGPIPE, SIG_IGN);  // a reader of our output that goes away ends no training
  const fs::path temporary = temporary_base(request.environment);
  const fs::path shared = segment_base(request.ranks, temporary);
  const ScratchDirectory session(temporary);
  const ScratchDirectory segments(shared);
  MpirunCommand command =
      mpirun_command({.mpirun = find_mpirun(request.environment, request.program.front()),
                      .ranks = request.ranks,
                      .program = request.program,
                      .host = host_resources(),
                      .on_gpus = request.on_gpus,
                      .session_directory = session.path(),
                      .segment_directory = segments.path(),
                      .cross_memory_attach = cross_memory_attach_works()},
                     passed_environment(request.environment));
  const auto prefix = request.environment.find("OPAL_PREFIX");
  command.environment[parent_variable] = std::to_string(::getpid());
  if (!command.warning.empty()) {
    write_line(STDERR_FILENO, printable("lockstep: warning: " + command.warning));
  }
  try {
    return Job(request, command).run(stop);
  } catch (const Error& error) {
    // Open MPI's own words for it are a riddle.
    if (error.code() != ExitCode::rank_lost || prefix == request.environment.end()) throw;
    fail(error.code(),
         "{}\nOPAL_PREFIX is set to '{}': where that is not the place of this very "
         "Open MPI, unset it",
         OwnLines{error.what()}, prefix->second);
  }
}

ExitCode outcome(int wait_status, const std::optional<FailureEvent>& failure,
                 const std::string& mpirun_text, bool continues) {
  const int code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
  if (code == 0) return ExitCode::ok;
  if (failure) throw Error(static_cast<ExitCode>(failure->code), to_text(*failure));
  if (code == static_cast<int>(ExitCode::requeue)) return ExitCode::requeue;

  std::string death = death_of_rank(mpirun_text);
  // mpirun does not always say which; its own code is then 128 and the signal, as a shell's.
  if (death.empty() && code > 128 && code < 128 + 32) {
    death = fmt::format("a rank was ended by signal {} ({})", code - 128, strsignal(code - 128));
  }
  if (!death.empty()) {
    const bool killed = death.find("signal 9 ") != std::string::npos;
    fail(ExitCode::rank_lost, "{}{}{}", death,
         killed ? " (by hand, or out of memory: see `dmesg`)" : "",
         continues ? "; started again, the job continues from its newest checkpoint" : "");
  }
  const std::string how = WIFSIGNALED(wait_status)
                              ? fmt::format("ended by signal {} ({})", WTERMSIG(wait_status),
                                            strsignal(WTERMSIG(wait_status)))
                              : fmt::format("exit code {}", code);
  fail(ExitCode::rank_lost, "mpirun: {}{}{}", how, mpirun_text.empty() ? "" : "; its output:\n",
       OwnLines{mpirun_text});
}

}  // namespace lockstep
