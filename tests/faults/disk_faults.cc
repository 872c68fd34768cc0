// Lets every call of `lockstep pack` and `lockstep train` that changes their directory fail, one
// after the other, and looks at what is left: see docs/reliability.md.
//
//   disk_faults [--short] [pack|train|ranks…] [once|full|dead|short|fsync|rename…]
//
// --short takes some of the calls, for CTest. Exit code 1 where anything is not as promised.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/e2e/program.h"
#include "tests/faults/fault_scenarios.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

const std::vector<Way> kWays = {{"once", "once", ""},
                                {"full", "full", ""},
                                {"dead", "dead", ""},
                                {"short", "short", "write pwrite pwrite64 writev"},
                                {"fsync", "once", "fsync fdatasync"},
                                {"rename", "once", "rename renameat renameat2"}};

struct Tally {
  long cases = 0, good = 0, storage = 0;
  std::vector<std::string> wrong;
};

class Faults {
 public:
  Faults(bool is_short, std::set<std::string> ways) : short_(is_short), ways_(std::move(ways)) {}

  /// Prints a row for each kind of fault; false where anything was wrong.
  bool run(const Scenario& scenario) {
    scenario.prepare();
    const ProgramResult undisturbed = start(scenario, {});
    const std::vector<std::string> all = names_of_calls();
    if (undisturbed.exit_code != scenario.exit_code) {
      fmt::print("{}: ends with {} without a fault\n{}", scenario.name, undisturbed.exit_code,
                 undisturbed.err);
      return false;
    }
    bool good = true;
    int offset = 0;
    for (const Way& way : kWays) {
      if (!ways_.empty() && !ways_.contains(way.name)) continue;
      Tally tally;
      const long calls = std::ranges::count_if(all, [&](const std::string& name) {
        return way.calls.empty() || has_word(way.calls, name);
      });
      const int step =
          short_ ? way.calls.empty() ? scenario.step : std::max(1, scenario.step / 6) : 1;
      // Each way takes other calls of a short run.
      for (long at = 1 + offset % std::max(1L, std::min<long>(step, calls)); at <= calls;
           at += step) {
        try_fault(scenario, {at, way}, tally);
      }
      offset += std::max(1, step / 3);
      if (step == 1) offset = 0;
      fmt::print(
          "{:<18} {:<6} {:>5} of {:>4} calls: {:>4} ended well, {:>4} with code 4, {} wrong\n",
          scenario.name, way.name, tally.cases, calls, tally.good, tally.storage,
          tally.wrong.size());
      for (const std::string& wrong : tally.wrong) fmt::print("  {}\n", wrong);
      std::fflush(stdout);
      good = good && tally.wrong.empty();
    }
    return good;
  }

 private:
  ProgramResult start(const Scenario& scenario, const Fault& fault) {
    fs::remove(log());
    ::setenv("LOCKSTEP_FAULT_BELOW", scenario.directory.c_str(), 1);
    ::setenv("LOCKSTEP_FAULT_AT", std::to_string(fault.at).c_str(), 1);
    ::setenv("LOCKSTEP_FAULT_KIND", fault.way.kind.c_str(), 1);
    ::setenv("LOCKSTEP_FAULT_CALLS", fault.way.calls.c_str(), 1);
    ::setenv("LOCKSTEP_FAULT_RANK", scenario.rank.c_str(), 1);
    ::setenv("LOCKSTEP_FAULT_LOG", log().c_str(), 1);
    ::setenv("LD_PRELOAD", LOCKSTEP_PRELOAD, 1);
    std::vector<std::string> words = scenario.command;
    if (const char* other = std::getenv("LOCKSTEP_FAULT_PROGRAM")) {
      words.insert(words.begin(), other);
    } else {
      words = lockstep_words(words);
    }
    RunningProgram program(words);
    ::unsetenv("LD_PRELOAD");
    if (program.running_after(std::chrono::seconds(60)))
      return {.exit_code = -1, .out = "", .err = ""};
    return program.wait();
  }

  static bool has_word(const std::string& words, const std::string& word) {
    return (" " + words + " ").find(" " + word + " ") != std::string::npos;
  }

  std::vector<std::string> names_of_calls() const {
    std::ifstream file(log());
    std::vector<std::string> names;
    std::string number, name, path;
    while (file >> number >> name && std::getline(file, path)) names.push_back(name);
    return names;
  }

  /// The line of the log of a call.
  std::string call(long number) const {
    std::ifstream file(log());
    std::string line;
    while (number-- > 0 && std::getline(file, line)) {
    }
    return line;
  }

  void try_fault(const Scenario& scenario, const Fault& fault, Tally& tally) {
    ++tally.cases;
    scenario.prepare();
    const ProgramResult result = start(scenario, fault);
    const std::string failed = call(fault.at);
    const auto wrong = [&](const std::string& what) {
      tally.wrong.push_back(fmt::format("{} ({}): {}", failed, fault.way.name, what));
    };
    tally.good += result.exit_code == scenario.exit_code;
    tally.storage += result.exit_code == 4;
    if (result.exit_code != scenario.exit_code && result.exit_code != 4) {
      wrong(fmt::format("ended with {}: {}", result.exit_code, last_line(result.err)));
    }
    if (std::string what = scenario.find_wrong(result.exit_code, fault, true); !what.empty()) {
      wrong(what + ": " + last_line(result.err));
    }
    const ProgramResult again = start(scenario, {});
    if (again.exit_code != scenario.exit_code) {
      wrong(fmt::format("the same command then ended with {}: {}", again.exit_code,
                        last_line(again.err)));
    } else if (std::string what = scenario.find_wrong(again.exit_code, {}, false); !what.empty()) {
      wrong("after the same command " + what);
    }
  }

  static std::string last_line(const std::string& text) {
    const std::size_t end = text.find_last_not_of('\n');
    if (end == std::string::npos) return "no message";
    const std::size_t begin = text.rfind('\n', end);
    return text.substr(begin == std::string::npos ? 0 : begin + 1, end - begin);
  }

  fs::path log() const { return files_ / "calls"; }

  TemporaryDirectory files_;
  bool short_;
  std::set<std::string> ways_;  // none: all
};

const std::map<std::string, std::function<std::vector<Scenario>()>> kScenarios = {
    {"pack", pack_scenarios}, {"train", train_scenarios}, {"ranks", rank_scenarios}};

int run_all(const std::vector<std::string>& words) {
  std::set<std::string> chosen(words.begin(), words.end());
  const bool is_short = chosen.erase("--short") > 0;
  std::set<std::string> ways;
  for (const Way& way : kWays) {
    if (chosen.erase(way.name) > 0) ways.insert(way.name);
  }
  const auto is_chosen = [&](const std::string& name) {
    return chosen.empty() || chosen.contains(name);
  };
  Faults faults(is_short, std::move(ways));
  bool good = true;
  for (const auto& [name, scenarios] : kScenarios) {
    if (!is_chosen(name)) continue;
    for (const Scenario& scenario : scenarios()) good = faults.run(scenario) && good;
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) { return lockstep::run_all({argv + 1, argv + argc}); }
