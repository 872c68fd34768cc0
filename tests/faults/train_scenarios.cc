#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "tests/e2e/program.h"
#include "tests/faults/fault_scenarios.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// A run of three steps with a checkpoint after each, of which two stay; then two more steps.
class TrainScenarios {
 public:
  explicit TrainScenarios(int ranks) : ranks_(ranks) {
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
    if (ranks_ > 1) return {scenario("train -n 2", 60, nothing, command("2"), started_)};
    return {scenario("train", 90, nothing, command("2"), started_),
            scenario("train, continued", 80, begun, command("3"), continued_)};
  }

 private:
  fs::path run_dir() const { return job_.run_dir("run"); }

  std::vector<std::string> command(const std::string& steps) const {
    const std::vector<std::string> keys = {"train.stall_timeout_s=0", "train.max_steps=" + steps,
                                           "checkpoint.every_steps=1", "checkpoint.keep=1"};
    std::vector<std::string> words = job_.train("run", ranks_, keys);
    // "-n 1": this process itself
    if (ranks_ == 1) words.erase(words.begin() + 2, words.begin() + 4);
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
    Scenario made{name, std::move(words),   run_dir(), ranks_ > 1 ? "0" : "", 0,
                  step, std::move(prepare), {}};
    made.find_wrong = [this, expected](int code, const Fault&, bool faulty) -> std::string {
      const fs::path checkpoints = run_dir() / "checkpoints";
      if (!faulty || code == 0) {
        if (newest_state(run_dir()) != expected) return "the newest checkpoint is another";
      }
      if (code == 4 && faulty && ranks_ > 1) {
        if (std::string silent = find_silent(); !silent.empty()) return silent;
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

  /// The rank whose log does not tell of the failure of a checkpoint, which all learn of together.
  /// What rank 0 meets alone ends the others before they can say anything.
  std::string find_silent() const {
    std::ifstream failure(run_dir() / "failure.json");
    const auto json = nlohmann::json::parse(failure, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || json.value("phase", "") != "writing a checkpoint") return {};
    for (int rank = 0; rank < ranks_; ++rank) {
      const fs::path log = run_dir() / fmt::format("logs/rank_{:03}.log", rank);
      std::ostringstream text;
      text << std::ifstream(log).rdbuf();
      const bool tells = text.str().find("(exit code 4)") != std::string::npos;
      if (fs::exists(log) && !tells) return fmt::format("rank {} does not report", rank);
    }
    return {};
  }

  int ranks_;
  SmallJob job_;
  TemporaryDirectory copies_;
  fs::path copy_ = copies_ / "run";
  RunState started_, continued_;
};

std::vector<Scenario> scenarios_of(int ranks) {
  const auto runs = std::make_shared<TrainScenarios>(ranks);
  std::vector<Scenario> all = runs->all();
  for (Scenario& scenario : all) scenario.owner = runs;
  return all;
}

}  // namespace

std::vector<Scenario> train_scenarios() { return scenarios_of(1); }
std::vector<Scenario> rank_scenarios() { return scenarios_of(2); }

}  // namespace lockstep
