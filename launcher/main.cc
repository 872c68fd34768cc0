#include <exception>
#include <new>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "launcher/command_line.h"

int main(int argc, char** argv) {
  using namespace lockstep;
  RankProcess rank;
  try {
    Process process{{argv + 1, argv + argc}, current_environment(), rank};
    const ParsedCommand command = parse_command_line(process.words);
    return static_cast<int>(
        std::visit([&](const auto& which) { return which.run(process); }, command));
  } catch (const Error& error) {
    return rank.fail(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return rank.fail(ExitCode::internal, "out of memory");
  } catch (const std::exception& error) {
    return rank.fail(ExitCode::internal, fmt::format("internal error: {}", error.what()));
  }
}
