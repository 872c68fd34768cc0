#include "launcher/rank/rank_process.h"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

#include "comm/communicator/mpi_communicator.h"
#include "core/file.h"
#include "core/log.h"
#include "core/printable.h"
#include "core/process/host_name.h"
#include "launcher/job/child_process.h"
#include "launcher/job/host.h"
#include "launcher/job/package.h"
#include "launcher/job/progress.h"
#include "launcher/rank/failure_file.h"

namespace lockstep {
namespace {

/// One write, so that the lines of two ranks do not mix.
void send_to_parent(const Event& event) {
  const std::string line = encode(event);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

/// Progress for the parent, ten times a second at most.
class ProgressSender {
 public:
  void operator()(const ProgressEvent& event) {
    const auto now = std::chrono::steady_clock::now();
    if (event.step < event.steps && now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    send_to_parent(event);
  }

 private:
  std::chrono::steady_clock::time_point last_{};
};

/// For trials of what happens between nodes, on one: how many there are said to be; 0: as they are.
int declared_nodes(const Environment& environment) {
  const auto declared = environment.find("LOCKSTEP_DECLARED_NODES");
  if (declared == environment.end()) return 0;
  const std::string& text = declared->second;
  int nodes = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), nodes);
  check(error == std::errc() && end == text.data() + text.size() && nodes >= 1, ExitCode::usage,
        "LOCKSTEP_DECLARED_NODES is '{}', but must be a whole number of at least 1", text);
  return nodes;
}

FailureEvent failure_of(const Stall& stall) {
  return {.rank = stall.rank,
          .host = stall.host,
          .step = stall.step,
          .phase = stall.phase,
          .code = static_cast<int>(ExitCode::rank_lost),
          .message = stall.cause};
}

/// For a rank that is started by something else than its package's mpirun, such as srun. What the
/// user or that mpirun has set stands.
void set_open_mpi_places() {
  const auto package = package_of(std::filesystem::read_symlink("/proc/self/exe"));
  if (!package) return;
  for (const auto& [name, value] : open_mpi_places(*package)) {
    ::setenv(name.c_str(), value.c_str(), 0);
  }
}

}  // namespace

Progress RankContext::progress_of(std::string what) {
  return [this, what = std::move(what)](std::uint64_t done, std::uint64_t total) {
    ProgressEvent event{.phase = what};
    event.step = static_cast<std::int64_t>(done);
    event.steps = static_cast<std::int64_t>(total);
    progress(event);
  };
}

RankContext& RankProcess::start(LaunchMode mode, const Environment& environment,
                                const StopRequest& stop) {
  keep_freed_memory();
  allow_many_files();
  if (const auto parent = environment.find(parent_variable); parent != environment.end()) {
    has_parent_ = true;
    die_with_parent(std::atoi(parent->second.c_str()));
  }
  if (mode == LaunchMode::rank) {
    set_open_mpi_places();
    session_.emplace();
    communicator_ = make_mpi_communicator({.declared_nodes = declared_nodes(environment)});
  } else {
    communicator_ = make_single_communicator();
  }
  const bool root = communicator_->rank() == 0;
  context_.emplace(
      RankContext{.communicator = *communicator_,
                  .stop = stop,
                  .log = root ? make_console_logger() : std::make_shared<spdlog::logger>("rank"),
                  .progress = [](const ProgressEvent&) {},
                  .watch = [this](const auto& run, double timeout) { watch(run, timeout); }});
  if (root && has_parent_) {
    send_to_parent(ReadyEvent{});
    context_->progress = ProgressSender();
  } else if (root) {
    const auto display = std::make_shared<ProgressDisplay>(STDERR_FILENO);
    context_->progress = [display](const ProgressEvent& event) { display->update(event); };
  }
  return *context_;
}

void RankProcess::watch(const std::filesystem::path& run, double timeout) {
  run_ = run;
  if (timeout <= 0) return;
  watchdog_ = std::make_unique<Watchdog>(
      WatchdogOptions{.run = run,
                      .rank = communicator_->rank(),
                      .ranks = communicator_->size(),
                      .timeout = std::chrono::duration<double>(timeout),
                      .heartbeat =
                          [phase = context_->phase, step = context_->step, host = host_name()] {
                            return Heartbeat{.tick = 0,
                                             .host = host,
                                             .pid = ::getpid(),
                                             .pulse = current_pulse(),
                                             .collective = last_collective(),
                                             .step = step.get(),
                                             .phase = phase.get(),
                                             .done = false};
                          },
                      .on_stall = [this](const Stall& stall) { end_stalled(stall); },
                      .stopping = [&stop = context_->stop] { return stop.requested(); },
                      .on_lost = [this](const Stall& lost) { tell(failure_of(lost), true); }});
}

void RankProcess::end_stalled(const Stall& stall) {
  FailureEvent failure = failure_of(stall);
  failure.message += " (train.stall_timeout_s)";
  tell(failure, /*of_several=*/true);
  // MPI is for the main thread. Whoever started the ranks ends the others when one has failed.
  std::_Exit(failure.code);
}

void RankProcess::tell(const FailureEvent& failure, bool of_several) const {
  if (!run_.empty()) write_failure(run_, failure, communicator_->size());
  if (has_parent_) {
    send_to_parent(failure);
    return;
  }
  // Not fmt::print, which throws where stderr cannot be written.
  const std::string text = of_several ? to_text(failure) : failure.message;
  std::fputs(fmt::format("lockstep: {}\n", printable_lines(text)).c_str(), stderr);
}

int RankProcess::fail(ExitCode code, const std::string& message) {
  const int exit_code = static_cast<int>(code);
  FailureEvent failure;
  failure.rank = communicator_ ? communicator_->rank() : 0;
  failure.host = host_name();
  failure.code = exit_code;
  failure.message = message;
  if (context_) {
    failure.step = context_->step.get();
    failure.phase = context_->phase.get();
    context_->progress = nullptr;  // takes a bar away
    // The console hears it last, below; the file now.
    if (failure.rank == 0) context_->log->sinks().erase(context_->log->sinks().begin());
    context_->log->error("{} (exit code {})", to_text(failure), exit_code);
  }
  // Behind the first line of an internal error comes a stack of calls: the log has it.
  if (code == ExitCode::internal) failure.message = message.substr(0, message.find('\n'));
  const bool of_several = communicator_ && communicator_->size() > 1;
  tell(failure, of_several);
  if (of_several) communicator_->abort(exit_code);
  return exit_code;
}

}  // namespace lockstep
