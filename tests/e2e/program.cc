#include "tests/e2e/program.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <random>
#include <spawn.h>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/wait.h>

extern char** environ;

namespace lockstep {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return (std::ostringstream() << file.rdbuf()).str();
}

/// The parent of every process, by process id.
std::map<int, int> parents() {
  std::map<int, int> result;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string stat = content_of(entry.path() / "stat");
    const auto end_of_name = stat.rfind(')');
    if (end_of_name == std::string::npos) continue;  // it has just ended
    char state = 0;
    int parent = 0;
    std::istringstream(stat.substr(end_of_name + 1)) >> state >> parent;
    if (state != 'Z') result[std::stoi(name)] = parent;
  }
  return result;
}

void write_big_endian(std::ofstream& file, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) file.put(static_cast<char>(value >> shift));
}

/// Ten classes: a bright bar at a place of the class's own, in noise.
void write_idx(const fs::path& directory, const std::string& prefix, std::uint32_t samples) {
  constexpr std::uint32_t kSide = 12;
  std::minstd_rand random(samples);
  std::ofstream images(directory / (prefix + "-images-idx3-ubyte"), std::ios::binary);
  std::ofstream labels(directory / (prefix + "-labels-idx1-ubyte"), std::ios::binary);
  for (const std::uint32_t word : {0x803u, samples, kSide, kSide}) write_big_endian(images, word);
  for (const std::uint32_t word : {0x801u, samples}) write_big_endian(labels, word);
  for (std::uint32_t i = 0; i < samples; ++i) {
    const auto label = static_cast<std::uint32_t>(random() % 10);
    for (std::uint32_t pixel = 0; pixel < kSide * kSide; ++pixel) {
      const bool bar = pixel / kSide == label + 1;
      images.put(static_cast<char>(random() % 120 + (bar ? 120 : 0)));
    }
    labels.put(static_cast<char>(label));
  }
}

}  // namespace

RunningProgram::RunningProgram(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, (files_ / "out").c_str(),
                                   O_CREAT | O_WRONLY, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, (files_ / "err").c_str(),
                                   O_CREAT | O_WRONLY | O_APPEND, 0600);
  const int error = posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error(fmt::format("cannot start {}", words[0]));
}

RunningProgram::~RunningProgram() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, &status_, 0);
}

bool RunningProgram::running() {
  if (!finished_) finished_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return !finished_;
}

bool RunningProgram::running_after(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (running() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return running();
}

ProgramResult RunningProgram::wait() {
  if (!finished_) ::waitpid(pid_, &status_, 0);
  finished_ = true;
  return {.exit_code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_),
          .out = content_of(files_ / "out"),
          .err = err()};
}

std::string RunningProgram::err() const { return content_of(files_ / "err"); }

std::vector<int> RunningProgram::family() const {
  const std::map<int, int> parent_of = parents();
  std::vector<int> family = {pid_};
  for (std::size_t i = 0; i < family.size(); ++i) {
    for (const auto& [child, parent] : parent_of) {
      if (parent == family[i]) family.push_back(child);
    }
  }
  return family;
}

std::vector<std::string> lockstep_words(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), LOCKSTEP_PROGRAM);
  return arguments;
}

ProgramResult lockstep_program(std::vector<std::string> arguments) {
  return RunningProgram(lockstep_words(std::move(arguments))).wait();
}

SmallJob::SmallJob() {
  const fs::path source = directory_ / "source";
  fs::create_directory(source);
  write_idx(source, "train", 1000);
  write_idx(source, "t10k", 150);
  const ProgramResult packed =
      lockstep_program({"pack", source.string(), "--out", pack().string()});
  if (packed.exit_code != 0) throw std::runtime_error(packed.err);
  std::ofstream(directory_ / "config.yaml") << fmt::format(R"(
data: {{pack: {}, augment: {{flip: horizontal, crop_padding: 2}}}}
model: {{name: simple_cnn, dropout: 0.2}}
train: {{epochs: 4, batch: 8, lanes: 4, device: cpu}}
optimizer: {{name: sgd, lr: 0.1, momentum: 0.9, nesterov: true, weight_decay: 5.0e-4}}
schedule: {{name: cosine, warmup_epochs: 0.5}}
log: {{every_steps: 5}}
)",
                                                           pack().string());
}

std::vector<std::string> SmallJob::train(const std::string& run, int ranks,
                                         std::vector<std::string> more) const {
  std::vector<std::string> words = {"train", (directory_ / "config.yaml").string(), "-n",
                                    std::to_string(ranks), "run.dir=" + run_dir(run).string()};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

nlohmann::json checkpoints_of(const fs::path& run) {
  return nlohmann::json::parse(lockstep_program({"checkpoints", run.string(), "--json"}).out)
      .at("checkpoints");
}

RunState newest_state(const fs::path& run) {
  RunState newest;
  for (const auto& checkpoint : checkpoints_of(run)) {
    if (checkpoint.at("valid") && checkpoint.at("step") > newest.step) {
      newest = {checkpoint.at("step"), checkpoint.at("state_digest")};
    }
  }
  return newest;
}

}  // namespace lockstep
