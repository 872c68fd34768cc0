// Lets every call of `lockstep pack` and `lockstep train` that changes their directory fail, one
// after the other, and looks at what is left: see docs/reliability.md.
//
//   disk_faults [--short] [SCENARIO…]
//
// --short takes some of the calls, for CTest. Exit code 1 where anything is not as promised.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/e2e/program.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Files = std::map<std::string, std::string>;

/// All files below a directory, by path; directories have no content.
Files files_below(const fs::path& directory) {
  Files files;
  if (!fs::exists(directory)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    std::ostringstream content;
    if (entry.is_regular_file()) content << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    files[entry.path().lexically_relative(directory)] = content.str();
  }
  return files;
}

struct Fault {
  long at = 0;  ///< 0: none
  std::string kind;
};

/// A command whose calls below `directory` fail. It is given the same state each time.
struct Scenario {
  std::string name;
  std::vector<std::string> command;
  fs::path directory;
  int exit_code = 0;  ///< without a fault
  int step = 1;       ///< of the short form: every so many calls
  std::function<void()> prepare;
  /// What is wrong after a command ended with this code; empty where nothing is. `faulty` is false
  /// for the undisturbed command that follows.
  std::function<std::string(int code, const Fault& fault, bool faulty)> find_wrong;
};

struct Tally {
  long cases = 0, good = 0, storage = 0;
  std::vector<std::string> wrong;
};

class Faults {
 public:
  explicit Faults(bool is_short) : short_(is_short) {}

  /// Prints a row for each kind of fault; false where anything was wrong.
  bool run(const Scenario& scenario) {
    scenario.prepare();
    const ProgramResult undisturbed = start(scenario, {});
    const long calls = count_calls();
    if (undisturbed.exit_code != scenario.exit_code) {
      fmt::print("{}: ends with {} without a fault\n{}", scenario.name, undisturbed.exit_code,
                 undisturbed.err);
      return false;
    }
    bool good = true;
    int offset = 0;
    for (const std::string kind : {"once", "full", "dead"}) {
      Tally tally;
      const int step = short_ ? scenario.step : 1;
      // Each kind takes other calls of a short run.
      for (long at = 1 + offset; at <= calls; at += step) try_fault(scenario, {at, kind}, tally);
      offset += std::max(1, step / 3);
      if (step == 1) offset = 0;
      fmt::print(
          "{:<16} {:<5} {:>5} of {:>4} calls: {:>4} ended well, {:>4} with code 4, {} wrong\n",
          scenario.name, kind, tally.cases, calls, tally.good, tally.storage, tally.wrong.size());
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
    ::setenv("LOCKSTEP_FAULT_KIND", fault.kind.c_str(), 1);
    ::setenv("LOCKSTEP_FAULT_LOG", log().c_str(), 1);
    ::setenv("LD_PRELOAD", LOCKSTEP_FAILING_DISK, 1);
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

  long count_calls() const {
    std::ifstream file(log());
    long calls = 0;
    for (std::string line; std::getline(file, line);) ++calls;
    return calls;
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
      tally.wrong.push_back(fmt::format("{} ({}): {}", failed, fault.kind, what));
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
};

// ---- packs

void write_idx(const fs::path& directory, std::uint32_t seed) {
  fs::create_directories(directory);
  std::minstd_rand random(seed);
  for (const auto& [prefix, samples] : {std::pair("train", 24), std::pair("t10k", 4)}) {
    const auto start = [&](const std::string& name, std::vector<int> words) {
      std::ofstream file(directory / (prefix + name), std::ios::binary);
      for (const int word : words) {
        for (int shift = 24; shift >= 0; shift -= 8) file.put(static_cast<char>(word >> shift));
      }
      return file;
    };
    std::ofstream images = start("-images-idx3-ubyte", {0x803, samples, 12, 12});
    std::ofstream labels = start("-labels-idx1-ubyte", {0x801, samples});
    for (int i = 0; i < samples * 144; ++i) images.put(static_cast<char>(random()));
    for (int i = 0; i < samples; ++i) labels.put(static_cast<char>(i % 3));
  }
}

/// Packs of two sources, and what is made of them.
class PackScenarios {
 public:
  PackScenarios() {
    write_idx(root_ / "old_source", 1);
    write_idx(root_ / "new_source", 2);
    fs::create_directories(root_ / "faulty_source/a");
    std::ofstream(root_ / "faulty_source/a/x.png") << "no image";
    older_ = make("old_source");
    newer_ = make("new_source");
  }

  std::vector<Scenario> all() {
    const auto nothing = [this] { fs::remove_all(out()); };
    const auto old_pack = [this, nothing] {
      nothing();
      put(older_);
    };
    const auto leftovers = [this, nothing] {
      nothing();
      put(newer_);
      fs::create_directories(out() / ".staging");
      std::ofstream(out() / ".staging/spool") << "images";
      fs::create_directories(out() / ".replaced");
      std::ofstream(out() / ".replaced/train-00000.h5") << "old";
    };
    return {scenario("pack", 16, nothing, command("new_source"), &nothing_),
            scenario("pack --force", 19, old_pack, command("new_source", {"--force"}), &older_),
            scenario("pack again", 5, leftovers, command("new_source"), &newer_), refused(nothing)};
  }

 private:
  fs::path out() const { return root_ / "pack"; }

  std::vector<std::string> command(const std::string& source,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {
        "pack", (root_ / source).string(), "--out", out().string(), "--shard-size", "720"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  Files make(const std::string& source) {
    fs::remove_all(out());
    const ProgramResult packed = lockstep_program(command(source));
    if (packed.exit_code != 0) throw std::runtime_error(packed.err);
    return files_below(out());
  }

  void put(const Files& files) const {
    fs::create_directories(out());
    for (const auto& [name, content] : files) {
      std::ofstream(out() / name, std::ios::binary) << content;
    }
  }

  /// `before`: what is there before the command, and must be there after one that failed.
  Scenario scenario(const std::string& name, int step, std::function<void()> prepare,
                    std::vector<std::string> words, const Files* before) {
    Scenario made{name, std::move(words), out(), 0, step, std::move(prepare), {}};
    made.find_wrong = [this, before](int code, const Fault& fault, bool faulty) -> std::string {
      const Files found = files_below(out());
      if (!faulty) return found == newer_ ? "" : "the directory is not the pack: " + names(found);
      const auto holds = [&](const Files& pack) {
        return std::ranges::all_of(pack, [&](const auto& file) {
          const auto at = found.find(file.first);
          return at != found.end() && at->second == file.second;
        });
      };
      if (code == 0) return holds(newer_) ? "" : "the pack is not what was packed";
      if (found.contains("pack.json")) {
        if (before->empty() || holds(*before)) {
          return before->empty() && !holds(newer_) ? "pack.json without its shards" : "";
        }
        // Where nothing can be undone any more, the new one may be there, whole.
        return fault.kind != "once" && holds(newer_) ? "" : "the older pack is not whole";
      }
      if (before->empty()) return {};
      const bool undone_later = fault.kind != "once" && found.contains(".replaced/pack.json");
      return undone_later ? "" : "the older pack is gone";
    };
    return made;
  }

  Scenario refused(std::function<void()> prepare) {
    Scenario made{"pack --strict",
                  command("faulty_source", {"--strict"}),
                  out(),
                  3,
                  2,
                  std::move(prepare),
                  {}};
    made.find_wrong = [this](int, const Fault&, bool faulty) -> std::string {
      const Files found = files_below(out());
      if (found.contains("pack.json")) return "there is a pack";
      const bool listed = found.size() == 1 && found.contains("rejected.csv");
      return faulty || listed ? "" : "there is not rejected.csv alone: " + names(found);
    };
    return made;
  }

  static std::string names(const Files& files) {
    std::vector<std::string> result;
    for (const auto& [name, content] : files) result.push_back(name);
    return fmt::format("{}", fmt::join(result, " "));
  }

  TemporaryDirectory root_;
  Files nothing_, older_, newer_;
};

// ---- checkpoints

/// A run of three steps with a checkpoint after each, of which two stay; then two more steps.
class TrainScenarios {
 public:
  TrainScenarios() {
    started_ = reference("2");
    run(command("3"));
    continued_ = newest_state(run_dir());
  }

  std::vector<Scenario> all() {
    const auto nothing = [this] { fs::remove_all(run_dir()); };
    const auto begun = [this, nothing] {
      nothing();
      fs::copy(copy_, run_dir(), fs::copy_options::recursive);
    };
    return {scenario("train", 60, nothing, command("2"), started_),
            scenario("train, continued", 60, begun, command("3"), continued_)};
  }

 private:
  fs::path run_dir() const { return job_.run_dir("run"); }

  std::vector<std::string> command(const std::string& steps) const {
    const std::vector<std::string> keys = {"train.stall_timeout_s=0", "train.max_steps=" + steps,
                                           "checkpoint.every_steps=1", "checkpoint.keep=1"};
    std::vector<std::string> words = job_.train("run", 1, keys);
    words.erase(words.begin() + 2, words.begin() + 4);  // "-n 1": this process itself
    return words;
  }

  void run(const std::vector<std::string>& words) {
    const ProgramResult result = lockstep_program(words);
    if (result.exit_code != 0) throw std::runtime_error(result.err);
  }

  RunState reference(const std::string& steps) {
    run(command(steps));
    fs::copy(run_dir(), copy_, fs::copy_options::recursive);
    return newest_state(run_dir());
  }

  Scenario scenario(const std::string& name, int step, std::function<void()> prepare,
                    std::vector<std::string> words, RunState expected) {
    Scenario made{name, std::move(words), run_dir(), 0, step, std::move(prepare), {}};
    made.find_wrong = [this, expected](int code, const Fault&, bool faulty) -> std::string {
      const fs::path checkpoints = run_dir() / "checkpoints";
      if (!faulty || code == 0) {
        if (newest_state(run_dir()) != expected) return "the newest checkpoint is another";
      }
      if (!fs::exists(checkpoints)) return {};
      for (const auto& entry : fs::directory_iterator(checkpoints)) {
        const std::string name_there = entry.path().filename();
        if (name_there.ends_with(".corrupt")) return name_there + " is there";
        if (!faulty && !name_there.starts_with("step_")) return name_there + " is left";
      }
      if (!fs::exists(run_dir() / "config.yaml")) return {};
      for (const auto& checkpoint : checkpoints_of(run_dir())) {
        if (!checkpoint.at("valid")) return "a checkpoint is not valid";
      }
      return {};
    };
    return made;
  }

  SmallJob job_;
  TemporaryDirectory copies_;
  fs::path copy_ = copies_ / "run";
  RunState started_, continued_;
};

int run_all(const std::vector<std::string>& words) {
  std::set<std::string> chosen(words.begin(), words.end());
  const bool is_short = chosen.erase("--short") > 0;
  const auto is_chosen = [&](const std::string& name) {
    return chosen.empty() || chosen.contains(name);
  };
  Faults faults(is_short);
  bool good = true;
  if (is_chosen("pack")) {
    PackScenarios packs;
    for (const Scenario& scenario : packs.all()) good = faults.run(scenario) && good;
  }
  if (is_chosen("train")) {
    TrainScenarios runs;
    for (const Scenario& scenario : runs.all()) good = faults.run(scenario) && good;
  }
  return good ? 0 : 1;
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) { return lockstep::run_all({argv + 1, argv + argc}); }
