#pragma once

#include <array>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <sys/wait.h>

namespace lockstep {

/// What a Python script printed, stdout and stderr together, and how it ended.
struct PythonResult {
  int exit_code = -1;
  std::string output;
};

/// Runs `script` with `arguments` as sys.argv[1:], under the interpreter that the CMake variable
/// LOCKSTEP_PYTHON names: other people's libraries are asked whether they can read our files.
inline PythonResult run_python(std::string_view script,
                               const std::vector<std::string>& arguments = {}) {
  const auto quoted = [](std::string_view word) {
    std::string result = "'";
    for (const char c : word) c == '\'' ? result += "'\\''" : result += c;
    return result + "'";
  };
  std::string command = fmt::format("{} -c {}", quoted(LOCKSTEP_PYTHON), quoted(script));
  for (const std::string& argument : arguments) command += fmt::format(" {}", quoted(argument));
  PythonResult result;
  FILE* pipe = ::popen(fmt::format("{} 2>&1", command).c_str(), "r");
  if (pipe == nullptr) return result;
  std::array<char, 4096> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
    result.output.append(buffer.data(), got);
  }
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  return result;
}

/// Empty where every module can be imported; else the reason to give to GTEST_SKIP().
inline std::string python_lacks(std::initializer_list<std::string_view> modules) {
  std::string imports;
  for (const std::string_view module : modules) imports += fmt::format("import {}\n", module);
  const PythonResult result = run_python(imports);
  if (result.exit_code == 0) return {};
  return fmt::format("{} cannot import the modules needed (set LOCKSTEP_PYTHON): {}",
                     LOCKSTEP_PYTHON, result.output);
}

}  // namespace lockstep
