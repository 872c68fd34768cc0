#include "core/process/child_stream.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <new>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>
#include <utility>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "core/errno_text.h"
#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::size_t kBufferBytes = 256 << 10;

enum class Kind : std::uint32_t { message, error, end };

/// Before each message in the pipe.
struct Header {
  Kind kind = Kind::end;
  std::int32_t code = 0;  ///< of an error
  std::uint64_t size = 0;
};

// ---- the child's side

void limit(int resource, std::uint64_t most) {
  rlimit limits{};
  ::getrlimit(resource, &limits);
  limits.rlim_cur = std::min<rlim_t>(limits.rlim_max, most);
  ::setrlimit(resource, &limits);
}

/// Gathers small messages. Ends the process where the pipe's reader is gone.
class Sender {
 public:
  Sender(int fd, std::chrono::seconds computing) : fd_(fd), computing_(computing) {
    limit_computing();
  }

  void send(Kind kind, std::span<const std::byte> bytes, int code = 0) {
    const Header header{kind, code, bytes.size()};
    put(std::as_bytes(std::span(&header, 1)));
    put(bytes);
  }

  void flush() {
    write(buffer_);
    buffer_.clear();
  }

 private:
  void put(std::span<const std::byte> bytes) {
    if (buffer_.size() + bytes.size() > kBufferBytes) flush();
    if (bytes.size() > kBufferBytes) return write(bytes);
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }

  void write(std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) ::_exit(1);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    limit_computing();
  }

  /// From now on. The system counts in whole seconds.
  void limit_computing() const {
    if (computing_.count() == 0) return;
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    limit(RLIMIT_CPU, static_cast<std::uint64_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1 +
                                                 computing_.count()));
  }

  int fd_;
  std::chrono::seconds computing_;
  std::vector<std::byte> buffer_;
};

/// Bytes of address space that this process has; 0 where the system does not say.
std::uint64_t address_space() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void become_limited(const ChildLimits& limits, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before prctl
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_AS, address_space() + limits.memory_bytes);
  // What libc says of a broken heap, say: the parent says it better.
  if (const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC); null >= 0) {
    ::dup2(null, STDERR_FILENO);
  }
  for (const int signal :
       {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTERM, SIGINT, SIGPIPE, SIGXCPU}) {
    ::signal(signal, SIG_DFL);
  }
}

[[noreturn]] void run_child(int pipe, const ChildLimits& limits, const ChildStream::Work& work) {
  Sender sender(pipe, limits.computing);
  const auto send_error = [&](ExitCode code, std::string_view message) {
    sender.send(Kind::error, std::as_bytes(std::span(message)), static_cast<int>(code));
  };
  try {
    work([&](std::span<const std::byte> bytes) { sender.send(Kind::message, bytes); });
    sender.send(Kind::end, {});
  } catch (const Error& error) {
    send_error(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    ::_exit(ENOMEM);
  } catch (const std::length_error&) {  // more than there can be
    ::_exit(ENOMEM);
  } catch (const std::exception& error) {
    send_error(ExitCode::internal, error.what());
  }
  sender.flush();
  ::_exit(0);
}

}  // namespace

ChildStream::ChildStream(std::string subject, const ChildLimits& limits, const Work& work)
    : subject_(std::move(subject)), limits_(limits) {
  int ends[2];
  const bool good = ::pipe2(ends, O_CLOEXEC) == 0;
  int error = errno;
  check(good, ExitCode::internal, "cannot make a pipe: {}", errno_text(error));
  pipe_ = UniqueFd(ends[0]);
  UniqueFd write_end(ends[1]);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  error = errno;
  check(pid_ >= 0, ExitCode::internal, "cannot start a process: {}", errno_text(error));
  if (pid_ == 0) {
    pipe_ = UniqueFd();
    become_limited(limits_, parent);
    run_child(write_end.get(), limits_, work);
  }
}

ChildStream::~ChildStream() {
  if (pid_ > 0) ::kill(pid_, SIGKILL);
  end();
}

void ChildStream::end() {
  if (pid_ > 0) ::waitpid(std::exchange(pid_, -1), nullptr, 0);
}

bool ChildStream::next(std::vector<std::byte>& message) {
  message.clear();
  if (pid_ < 0) return false;
  Header header;
  read_exactly(std::as_writable_bytes(std::span(&header, 1)));
  if (header.kind == Kind::end) {
    end();
    return false;
  }
  // A broken child may say anything.
  if (header.size > limits_.memory_bytes) fail_without_answer();
  message.resize(header.size);
  read_exactly(message);
  if (header.kind == Kind::message) return true;
  end();
  throw Error(static_cast<ExitCode>(header.code),
              {reinterpret_cast<const char*>(message.data()), message.size()});
}

void ChildStream::next_bytes(std::vector<std::byte>& message) {
  if (!next(message)) fail_without_answer();
}

std::string ChildStream::next_text() {
  std::vector<std::byte> message;
  next_bytes(message);
  return {reinterpret_cast<const char*>(message.data()), message.size()};
}

void ChildStream::read_exactly(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    if (unread_.empty()) wait_for_bytes();
    const std::size_t count = std::min(bytes.size(), unread_.size());
    std::memcpy(bytes.data(), unread_.data(), count);
    unread_ = unread_.subspan(count);
    bytes = bytes.subspan(count);
  }
}

void ChildStream::wait_for_bytes() {
  pollfd waiting{pipe_.get(), POLLIN, 0};
  const auto end_of_wait = std::chrono::steady_clock::now() + limits_.silence;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end_of_wait - std::chrono::steady_clock::now());
    const int ready =
        ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (ready < 0 && errno == EINTR) continue;
    if (ready != 0) break;
    ::kill(pid_, SIGKILL);
    end();
    fail(ExitCode::data, "{} gave no answer for {:.0f} s; the file is damaged, or its disk hangs",
         subject_, std::chrono::duration<double>(limits_.silence).count());
  }
  buffer_.resize(kBufferBytes);
  ssize_t got = 0;
  do {
    got = ::read(pipe_.get(), buffer_.data(), buffer_.size());
  } while (got < 0 && errno == EINTR);
  if (got <= 0) fail_without_answer();
  unread_ = std::span<const std::byte>(buffer_).first(static_cast<std::size_t>(got));
}

void ChildStream::fail_without_answer() {
  int status = 0;
  if (pid_ > 0) ::waitpid(std::exchange(pid_, -1), &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == ENOMEM) {
    fail(ExitCode::data, "{} needs more than {} MiB of memory for it; {}", subject_,
         limits_.memory_bytes >> 20, limits_.memory_advice);
  }
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU) {
    fail(ExitCode::data, "{} computed for more than {} s without an answer; {}", subject_,
         limits_.computing.count(), limits_.advice);
  }
  const std::string how = WIFSIGNALED(status) ? ::strsignal(WTERMSIG(status))
                                              : fmt::format("code {}", WEXITSTATUS(status));
  fail(ExitCode::data, "{} crashed on it ({}); {}", subject_, how, limits_.advice);
}

}  // namespace lockstep
