#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "launcher/command_line.h"

namespace {

lockstep::RankProcess* this_rank = nullptr;
std::thread::id main_thread;

constexpr const char* kNoOutput =
    "standard output could not be written: is its disk full, or its reader gone?";

/// For exceptions that nobody can catch: what LibTorch does to free memory asks the GPU, and throws
/// in destructors where that has failed. The failure is told like any other, if it can be.
[[noreturn]] void tell_and_exit() {
  std::string what = "an exception in a destructor, or of unknown type";
  try {
    if (const std::exception_ptr error = std::current_exception()) std::rethrow_exception(error);
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  const auto code = lockstep::ExitCode::internal;
  what = "internal error: " + what;
  // MPI is for the main thread.
  if (std::this_thread::get_id() == main_thread) {
    lockstep::RankProcess* const rank = std::exchange(this_rank, nullptr);
    if (rank != nullptr) rank->fail(code, what);
  } else {
    std::fputs(("lockstep: " + what + "\n").c_str(), stderr);
  }
  std::_Exit(static_cast<int>(code));
}

}  // namespace

int main(int argc, char** argv) {
  using namespace lockstep;
  RankProcess rank;
  this_rank = &rank;
  main_thread = std::this_thread::get_id();
  std::set_terminate(tell_and_exit);
  std::signal(SIGXFSZ, SIG_IGN);  // beyond the limit of a file's size a write fails instead
  try {
    Process process{{argv + 1, argv + argc}, current_environment(), rank};
    const ParsedCommand command = parse_command_line(process.words);
    const ExitCode code =
        std::visit([&](const auto& which) { return which.run(process); }, command);
    check(std::fflush(stdout) == 0 && std::ferror(stdout) == 0, ExitCode::storage, "{}", kNoOutput);
    return static_cast<int>(code);
  } catch (const Error& error) {
    return rank.fail(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return rank.fail(ExitCode::internal, "out of memory");
  } catch (const std::exception& error) {
    // fmt::print throws where stdout takes no more.
    if (std::ferror(stdout) != 0) return rank.fail(ExitCode::storage, kNoOutput);
    return rank.fail(ExitCode::internal, fmt::format("internal error: {}", error.what()));
  }
}
