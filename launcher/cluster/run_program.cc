#include "launcher/cluster/run_program.h"

#include <chrono>
#include <poll.h>
#include <thread>

#include <sys/wait.h>

#include "launcher/job/child_process.h"
#include "launcher/job/job_output.h"

namespace lockstep {

ProgramEnd run_program(const std::vector<std::string>& argv, const Environment& environment) {
  ChildProcess child(argv, environment);
  LineReader out(child.stdout_fd()), err(child.stderr_fd());
  ProgramEnd end;
  const auto append_to = [](std::string& text) {
    return [&text](std::string_view line) { text.append(line).push_back('\n'); };
  };
  bool out_open = true, err_open = true;
  while (out_open || err_open) {
    pollfd waiting[] = {{out_open ? child.stdout_fd() : -1, POLLIN, 0},
                        {err_open ? child.stderr_fd() : -1, POLLIN, 0}};
    ::poll(waiting, 2, -1);
    if (waiting[0].revents != 0) out_open = out.read(append_to(end.out));
    if (waiting[1].revents != 0) err_open = err.read(append_to(end.err));
  }
  while (!child.poll_status()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const int status = *child.poll_status();
  end.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return end;
}

}  // namespace lockstep
