// Kills a job of three ranks, again and again, wherever it is, and starts it again: each time it
// goes on, and it ends in the bits of one that was left alone. See docs/reliability.md.
//
//   kills [N [SEED]]      200 kills; CTest makes some
//
// Victims are a rank, the launcher, its mpirun, or all of them; a third of the kills waits until a
// checkpoint is being written. Exit code 1 where anything is not as promised.

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>
#include <sys/file.h>

#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "core/error.h"
#include "tests/e2e/program.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

enum class Victim { rank, launcher, mpirun, all };
constexpr std::array kVictims = {"a rank", "the launcher", "mpirun", "all"};
constexpr int kRanks = 3;

/// Whether a process holds the lock of a scratch directory: its job is running, beside this one.
bool in_use(const fs::path& directory) {
  const int lock = ::open((directory / "owner").c_str(), O_RDONLY | O_CLOEXEC);
  if (lock < 0) return false;
  const bool held = ::flock(lock, LOCK_EX | LOCK_NB) != 0;
  ::close(lock);
  return held;
}

/// What dead jobs have left where a job keeps things for as long as it lives: its scratch
/// directories (launcher/job/scratch_directory.h) and shared memory
/// (comm/reduction/shared_memory.h).
std::set<std::string> leftovers() {
  const std::regex ours("lockstep-[0-9]+-.*");
  std::set<std::string> paths;
  for (const fs::path& base : {fs::path("/dev/shm"), fs::temp_directory_path()}) {
    for (const auto& entry : fs::directory_iterator(base)) {
      const bool named = std::regex_match(entry.path().filename().string(), ours);
      if (named && !in_use(entry.path())) paths.insert(entry.path());
    }
  }
  return paths;
}

/// The members of `family` that are still there after at most ten seconds.
std::vector<int> survivors(std::vector<int> family) {
  for (int tries = 0; tries < 1000 && !family.empty(); ++tries) {
    std::erase_if(family, [](int pid) { return ::kill(pid, 0) != 0; });
    std::this_thread::sleep_for(milliseconds(10));
  }
  return family;
}

std::string process_file(int pid, const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(fmt::format("/proc/{}/{}", pid, name)).rdbuf();
  return text.str();
}

bool is_rank(int pid) {
  return process_file(pid, "environ").find("OMPI_COMM_WORLD_RANK=") != std::string::npos;
}

bool is_mpirun(int pid) {
  const std::string name = process_file(pid, "comm");
  return name == "mpirun\n" || name == "mpiexec\n" || name == "orterun\n" || name == "prterun\n";
}

struct Tally {
  int kills = 0;
  int in_save = 0;                            ///< that left a half-written checkpoint
  std::vector<milliseconds> until_gone = {};  ///< from the signal on, until no process was left
};

class Kills {
 public:
  Kills(int kills, std::uint64_t seed) : kills_(kills), random_(seed) {}

  bool run() {
    const auto before = leftovers();
    learn();
    while (done_ < kills_) {
      if (++runs_ > kills_ + 10) {
        throw std::runtime_error(fmt::format("jobs without {}", kVictims[done_ % 4]));
      }
      finish_with_kills(fmt::format("run{}", runs_));
    }
    lockstep_program(words("run1"));  // the next start sweeps
    if (!std::ranges::includes(before, leftovers())) wrong("something is left of dead jobs");
    print();
    return wrong_ == 0;
  }

 private:
  std::vector<std::string> words(const std::string& name) const {
    return job_.train(name, kRanks, {"train.epochs=12", "checkpoint.every_steps=4"});
  }
  fs::path checkpoints(const std::string& name) const {
    return job_.run_dir(name) / kCheckpointsDirectory;
  }

  /// How long it takes until a job makes checkpoints here, and where it ends.
  void learn() {
    const auto begin = Clock::now();
    RunningProgram program(lockstep_words(words("undisturbed")));
    while (program.running_after(milliseconds(5)) && newest_step("undisturbed") < 0) {
    }
    to_first_save_ = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
    const ProgramResult result = program.wait();
    if (result.exit_code != 0) throw std::runtime_error(result.err);
    end_ = newest_state(job_.run_dir("undisturbed"));
    look("undisturbed");
    fmt::print("the first checkpoint came after {} ms; the end is step {}, digest {}\n",
               to_first_save_.count(), end_.step, end_.digest);
    std::fflush(stdout);
  }

  void finish_with_kills(const std::string& name) {
    for (;;) {
      RunningProgram program(lockstep_words(words(name)));
      if (done_ == kills_ || !disturb(program, name)) {
        const ProgramResult result = program.wait();
        if (result.exit_code != 0) wrong("a run ended with " + result.err);
        break;
      }
    }
    if (newest_state(job_.run_dir(name)) != end_) wrong(name + " ended in other bits");
  }

  /// False where the program came to its end before it was killed.
  bool disturb(RunningProgram& program, const std::string& name) {
    const auto victim = static_cast<Victim>(done_ % 4);
    const bool waits_for_save = done_ / 4 % 3 == 0;
    const auto range = static_cast<std::uint64_t>(to_first_save_.count() * 3 / 2);
    if (waits_for_save ? !wait_for_save(program, name)
                       : !program.running_after(milliseconds(random_() % range))) {
      return false;
    }
    std::vector<int> family, victims;
    while (victims.empty()) {
      if (!program.running()) return false;
      family = program.family();
      victims = choose(victim, program.pid(), family);
    }
    const std::int64_t newest = newest_step(name);
    const auto killed = Clock::now();
    for (const int pid : victims) ::kill(pid, SIGKILL);
    const int code = program.wait().exit_code;
    if (code == 0) return false;  // a process that has just ended can still be sent a signal
    ++done_;
    const bool launcher_too = victim == Victim::launcher || victim == Victim::all;
    const int expected = launcher_too ? 128 + SIGKILL : 5;
    if (code != expected) wrong(fmt::format("exit code {} and not {}", code, expected));
    if (!survivors(family).empty()) wrong("a process is left");
    Tally& tally = tallies_[{static_cast<int>(victim), waits_for_save}];
    tally.until_gone.push_back(std::chrono::duration_cast<milliseconds>(Clock::now() - killed));
    ++tally.kills;
    tally.in_save += is_staging(name);
    look(name);
    if (newest_step(name) < newest) wrong("the newest checkpoint is gone");
    return true;
  }

  bool wait_for_save(RunningProgram& program, const std::string& name) {
    // Not the first one always.
    program.running_after(to_first_save_ + milliseconds(random_() % 1000));
    while (!is_staging(name)) {
      if (!program.running()) return false;
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random_() % 2000));
    return true;
  }

  std::vector<int> choose(Victim victim, int launcher, std::vector<int> family) {
    if (victim == Victim::launcher) return {launcher};
    if (victim == Victim::rank) std::erase_if(family, [](int pid) { return !is_rank(pid); });
    if (victim == Victim::mpirun) std::erase_if(family, [](int pid) { return !is_mpirun(pid); });
    std::ranges::shuffle(family, random_);
    if (victim != Victim::all && !family.empty()) return {family.front()};
    return family;
  }

  bool is_staging(const std::string& name) const {
    std::error_code none_yet;
    for (fs::directory_iterator entry(checkpoints(name), none_yet), end; !none_yet && entry != end;
         entry.increment(none_yet)) {
      if (entry->path().filename().string().starts_with(kStagingPrefix)) return true;
    }
    return false;
  }

  std::int64_t newest_step(const std::string& name) const {
    const auto entries = list_checkpoints(checkpoints(name));
    return entries.empty() ? -1 : entries.back().step;
  }

  /// Every checkpoint verifies, and those of one step are equal in all runs.
  void look(const std::string& name) {
    for (const CheckpointEntry& entry : list_checkpoints(checkpoints(name))) {
      try {
        const std::string digest = load_checkpoint(entry.directory).manifest.state_digest;
        if (digests_.try_emplace(entry.step, digest).first->second != digest) {
          wrong(fmt::format("step {} of {} has other bits", entry.step, name));
        }
      } catch (const Error& error) {
        wrong(error.what());
      }
    }
    if (!list_set_aside(checkpoints(name), kCorruptSuffix).empty()) wrong("one was set aside");
  }

  void wrong(const std::string& what) {
    ++wrong_;
    fmt::print("kill {}: {}\n", done_, what);
    std::fflush(stdout);
  }

  void print() const {
    fmt::print("{:<14}{:>24}{:>24}{:>32}\n", "victim", "at any moment", "in a save",
               "all gone, ms (median, slowest)");
    for (std::size_t victim = 0; victim < kVictims.size(); ++victim) {
      fmt::print("{:<14}", kVictims[victim]);
      std::vector<milliseconds> until_gone;
      for (const bool in_save : {false, true}) {
        const auto found = tallies_.find({static_cast<int>(victim), in_save});
        const Tally tally = found == tallies_.end() ? Tally() : found->second;
        fmt::print("{:>24}", fmt::format("{} ({} half-written)", tally.kills, tally.in_save));
        until_gone.insert(until_gone.end(), tally.until_gone.begin(), tally.until_gone.end());
      }
      std::ranges::sort(until_gone);
      fmt::print("{:>32}\n", until_gone.empty()
                                 ? std::string("-")
                                 : fmt::format("{}, {}", until_gone[until_gone.size() / 2].count(),
                                               until_gone.back().count()));
    }
    fmt::print("{} kills in {} runs, {} checkpoints' digests compared, {} wrong\n", done_, runs_,
               digests_.size(), wrong_);
  }

  SmallJob job_;
  int kills_;
  std::mt19937_64 random_;
  milliseconds to_first_save_{};
  RunState end_;
  std::map<std::int64_t, std::string> digests_;
  std::map<std::pair<int, bool>, Tally> tallies_;
  int done_ = 0, runs_ = 0, wrong_ = 0;
};

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  const std::uint64_t seed = argc > 2 ? std::stoull(argv[2]) : 1;
  return lockstep::Kills(argc > 1 ? std::stoi(argv[1]) : 200, seed).run() ? 0 : 1;
}
