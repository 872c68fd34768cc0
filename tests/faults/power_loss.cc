// Cuts the power after each system call of `lockstep train` that changes its directory, and looks
// at what the next start finds: docs/reliability.md. What a cut may leave is told by disk_model.h.
//
//   power_loss [RESTARTS [SEED]]
//
// The calls are recorded (recording_disk.cc), and the cuts are made from the record: whatever
// directory that gives, the newest checkpoint must be the one before the save or the one after it.
// In about RESTARTS of the directories (20) the command is given again, and must end in the bits of
// the one that was left alone. Exit code 1 where anything is not so.

#include <cstdlib>
#include <functional>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "checkpoint/store.h"
#include "core/error.h"
#include "core/file.h"
#include "tests/e2e/program.h"
#include "tests/faults/disk_model.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// Follows the checkpoints through the calls of a run. They are told apart by their manifests; an
/// empty one: none.
class Saves {
 public:
  Saves(fs::path root, fs::path checkpoints, std::string durable)
      : root_(std::move(root)),
        checkpoints_(std::move(checkpoints)),
        durable_(std::move(durable)) {}

  /// `model`: after the call.
  void follow(const DiskCall& call, const DiskModel& model) {
    const fs::path to = call.to;
    if (call.name == "rename" && to.parent_path() == checkpoints_ &&
        fs::path(call.path).filename().string().starts_with(kStagingPrefix)) {
      named_ = model.seen().at((to / kManifestFile).lexically_relative(root_)).value();
      ++count_;
    }
    if (call.name == "sync" && call.path == checkpoints_ && !named_.empty()) {
      durable_ = std::exchange(named_, {});
    }
  }

  /// The newest that was committed: a start must find it, unless it finds `named`.
  const std::string& durable() const { return durable_; }
  /// What has its name, and whose directory is not synced yet.
  const std::string& named() const { return named_; }
  int count() const { return count_; }

 private:
  fs::path root_, checkpoints_;
  std::string durable_, named_;
  int count_ = 0;
};

/// A command that makes some saves, and what its directory holds before.
struct Scenario {
  std::string name;
  std::vector<std::string> command;
  Tree before;
};

struct Tally {
  long calls = 0, trees = 0, older = 0, newer = 0, restarts = 0;
  std::vector<std::string> wrong;
};

struct Draws {
  Loss loss;
  std::string name;
  int count;
};
const std::vector<Draws> kDraws = {{Loss::all, "all lost", 1},
                                   {Loss::data, "data lost", 1},
                                   {Loss::nothing, "nothing lost", 1},
                                   {Loss::torn, "torn", 4},
                                   {Loss::reordered, "reordered", 8}};

class PowerLoss {
 public:
  PowerLoss(int restarts, std::uint64_t seed) : restarts_(restarts), random_(seed) {}

  bool run() {
    bool good = try_cuts({"train", command({"train.max_steps=3"}), {}});
    finish(command({"train.max_steps=2"}), {});
    // Begins with a checkpoint in the place of one of the same step.
    const std::vector<std::string> other = {"train.max_steps=3", "optimizer.lr=0.05", "--override"};
    good = try_cuts({"train --override", command(other), read_tree(disk())}) && good;
    return good;
  }

 private:
  fs::path disk() const { return job_.run_dir("disk"); }
  fs::path run_dir() const { return disk() / "runs/run"; }
  fs::path checkpoints() const { return run_dir() / kCheckpointsDirectory; }

  std::vector<std::string> command(const std::vector<std::string>& more) const {
    std::vector<std::string> words =
        job_.train("disk/runs/run", 1,
                   {"train.stall_timeout_s=0", "checkpoint.every_steps=1", "checkpoint.keep=1"});
    words.erase(words.begin() + 2, words.begin() + 4);  // "-n 1": this process itself
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  void finish(const std::vector<std::string>& words, const Tree& before) const {
    write_tree(disk(), before);
    const ProgramResult result = lockstep_program(words);
    if (result.exit_code != 0) throw std::runtime_error(result.err);
  }

  std::vector<DiskCall> record(const Scenario& scenario) const {
    const fs::path trace = files_ / "trace";
    fs::remove(trace);
    ::setenv("LOCKSTEP_TRACE_BELOW", disk().c_str(), 1);
    ::setenv("LOCKSTEP_TRACE", trace.c_str(), 1);
    ::setenv("LD_PRELOAD", LOCKSTEP_PRELOAD, 1);
    finish(scenario.command, scenario.before);
    ::unsetenv("LD_PRELOAD");
    return read_trace(trace);
  }

  bool try_cuts(const Scenario& scenario) {
    const std::vector<DiskCall> calls = record(scenario);
    const Tree at_end = read_tree(disk());
    const RunState end = newest_state(run_dir());
    write_tree(disk(), scenario.before);
    Saves saves(disk(), checkpoints(), scenario.before.empty() ? "" : newest_manifest());
    DiskModel model(disk(), scenario.before);
    Tally tally;
    seen_.clear();
    for (const DiskCall& call : calls) {
      model.apply(call);
      saves.follow(call, model);
      ++tally.calls;
      cut(call, scenario, model, saves, end, tally);
    }
    if (without_logs(model.seen()) != without_logs(at_end)) {
      tally.wrong.push_back("the record does not give the directory that the command left");
    }
    fmt::print(
        "{:<18} {:>4} calls, {} saves: {:>5} directories, {:>5} with the state before, {:>4} with "
        "the one after, {} otherwise; {} restarts\n",
        scenario.name, tally.calls, saves.count(), tally.trees, tally.older, tally.newer,
        tally.wrong.size(), tally.restarts);
    for (const std::string& wrong : tally.wrong) fmt::print("  {}\n", wrong);
    std::fflush(stdout);
    return tally.wrong.empty() && saves.count() > 0;
  }

  /// After `call`, in all ways; a directory that was looked at already, with the same claims, is
  /// left out.
  void cut(const DiskCall& call, const Scenario& scenario, const DiskModel& model,
           const Saves& saves, const RunState& end, Tally& tally) {
    for (const Draws& draws : kDraws) {
      for (int i = 0; i < draws.count; ++i) {
        const Tree tree = model.after_power_cut(draws.loss, random_);
        if (!seen_.insert(hash_of(tree, saves)).second) continue;
        ++tally.trees;
        write_tree(disk(), tree);
        std::string wrong = look(saves, tally);
        if (wrong.empty() && restarts_ > 0 && random_() % kTreesPerScenario < restarts_) {
          ++tally.restarts;
          wrong = restart(scenario, tree, end);
        }
        if (wrong.empty()) continue;
        const std::string path = fs::path(call.path).lexically_relative(disk());
        tally.wrong.push_back(fmt::format("call {} ({} {} {}), {}: {}", tally.calls, call.name,
                                          path, call.to, draws.name, wrong));
      }
    }
  }

  /// What is wrong with what the next start would go on from.
  std::string look(const Saves& saves, Tally& tally) const {
    try {
      const std::string found = newest_manifest();
      const bool is_older = found == saves.durable();
      const bool is_newer = !is_older && !found.empty() && found == saves.named();
      tally.older += is_older;
      tally.newer += is_newer;
      if (!list_set_aside(checkpoints(), kCorruptSuffix).empty()) return "one is set aside";
      if (is_older || is_newer) return {};
      return found.empty() ? "no checkpoint is there" : "another checkpoint is the newest";
    } catch (const Error& error) {
      return error.what();
    }
  }

  std::string restart(const Scenario& scenario, const Tree& tree, const RunState& end) const {
    write_tree(disk(), tree);
    const ProgramResult result = lockstep_program(scenario.command);
    if (result.exit_code != 0) {
      return fmt::format("the restart ended with {}: {}", result.exit_code, result.err);
    }
    return newest_state(run_dir()) == end ? "" : "the restart ended in other bits";
  }

  /// Of the checkpoint that a start would take.
  std::string newest_manifest() const {
    const std::unique_ptr<Communicator> communicator = make_single_communicator();
    std::ostringstream text;
    spdlog::logger log("log", std::make_shared<spdlog::sinks::ostream_sink_st>(text));
    CheckpointStore store(checkpoints(), *communicator, log);
    const std::optional<LoadedCheckpoint> loaded = store.load_newest();
    return loaded ? read_file(loaded->directory / kManifestFile, ExitCode::storage) : "";
  }

  static std::size_t hash_of(const Tree& tree, const Saves& saves) {
    std::string all = saves.durable() + "\n" + saves.named();
    for (const auto& [path, content] : tree) all += "\n" + path + "\n" + content.value_or("/");
    return std::hash<std::string>()(all);
  }

  /// libc writes those, unseen by the record.
  static Tree without_logs(Tree tree) {
    std::erase_if(tree, [](const auto& file) { return file.first.ends_with(".log"); });
    return tree;
  }

  static constexpr std::uint64_t kTreesPerScenario = 600;  // roughly: for the number of restarts

  SmallJob job_;
  TemporaryDirectory files_;
  std::uint64_t restarts_;
  std::mt19937_64 random_;
  std::set<std::size_t> seen_;
};

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  const std::uint64_t seed = argc > 2 ? std::stoull(argv[2]) : 1;
  return lockstep::PowerLoss(argc > 1 ? std::stoi(argv[1]) : 20, seed).run() ? 0 : 1;
}
