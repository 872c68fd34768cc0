#include "launcher/job/child_process.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/wait.h>

#include "core/errno_text.h"
#include "core/error.h"
#include "launcher/job/job_output.h"

namespace lockstep {
namespace {

struct Pipe {
  UniqueFd read_end, write_end;

  Pipe() {
    int ends[2];
    check(::pipe2(ends, O_CLOEXEC) == 0, ExitCode::internal, "cannot make a pipe: {}",
          errno_text(errno));
    read_end = UniqueFd(ends[0]);
    write_end = UniqueFd(ends[1]);
  }
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Between fork and exec: system calls only. Leaves an errno in `failure` and the process where it
/// cannot go on.
[[noreturn]] void become(char* const* argv, char* const* environment, pid_t parent, int out,
                         int err, int failure) {
  ::signal(SIGPIPE, SIG_DFL);
  const int null = ::open("/dev/null", O_RDONLY);
  const bool ready = null >= 0 && ::setpgid(0, 0) == 0 && ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
                     ::dup2(null, STDIN_FILENO) >= 0 && ::dup2(out, STDOUT_FILENO) >= 0 &&
                     ::dup2(err, STDERR_FILENO) >= 0;
  if (::getppid() != parent) ::_exit(127);  // it died before prctl
  if (ready) ::execve(argv[0], argv, environment);
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(failure, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& argv, const Environment& environment) {
  Pipe out, err, failure;
  std::vector<std::string> arguments = argv;
  std::vector<std::string> entries;
  for (const auto& [name, value] : environment) entries.push_back(name + "=" + value);
  const std::vector<char*> argument_pointers = pointers_to(arguments);
  const std::vector<char*> entry_pointers = pointers_to(entries);

  const pid_t parent = ::getpid();
  pid_ = ::fork();
  check(pid_ >= 0, ExitCode::internal, "cannot start a process: {}", errno_text(errno));
  if (pid_ == 0) {
    become(argument_pointers.data(), entry_pointers.data(), parent, out.write_end.get(),
           err.write_end.get(), failure.write_end.get());
  }
  failure.write_end = UniqueFd();
  int error = 0;
  if (::read(failure.read_end.get(), &error, sizeof error) == sizeof error) {
    ::waitpid(pid_, nullptr, 0);
    fail(ExitCode::usage, "cannot start '{}': {}", argv[0], errno_text(error));
  }
  stdout_ = std::move(out.read_end);
  stderr_ = std::move(err.read_end);
}

ChildProcess::~ChildProcess() {
  if (poll_status()) return;
  send_signal(SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void ChildProcess::send_signal(int signal) const {
  if (!status_) ::kill(pid_, signal);
}

std::optional<int> ChildProcess::poll_status() {
  int status = 0;
  if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_;
}

std::optional<ProgramEnd> run_program(const std::vector<std::string>& argv,
                                      const Environment& environment, const ProgramLimits& limits) {
  using Clock = std::chrono::steady_clock;
  ChildProcess child(argv, environment);
  LineReader out(child.stdout_fd()), err(child.stderr_fd());
  ProgramEnd end;
  const auto keep_in = [&](std::string& text) {
    return [&](std::string_view line) {
      if (text.size() < limits.text) text.append(line.substr(0, limits.text)).push_back('\n');
    };
  };
  bool out_open = true, err_open = true;
  std::optional<int> status;
  for (const auto begin = Clock::now(); !limits.time || Clock::now() < begin + *limits.time;) {
    pollfd waiting[] = {{out_open ? child.stdout_fd() : -1, POLLIN, 0},
                        {err_open ? child.stderr_fd() : -1, POLLIN, 0}};
    ::poll(waiting, 2, 20);
    if (waiting[0].revents != 0) out_open = out.read(keep_in(end.out));
    if (waiting[1].revents != 0) err_open = err.read(keep_in(end.err));
    if (!status) status = child.poll_status();
    if (!status || out_open || err_open) continue;
    end.code = WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
    return end;
  }
  return std::nullopt;
}

void die_with_parent(pid_t ancestor) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::kill(ancestor, 0) != 0 && errno == ESRCH) ::_exit(static_cast<int>(ExitCode::rank_lost));
}

}  // namespace lockstep
