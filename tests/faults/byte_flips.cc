// Changes bytes of a small pack, one at a time, and runs the commands that read it: each must end
// with the code of the whole pack or with 3, never by a signal or not at all.
//
//   byte_flips [STEP]      every STEP-th byte; 1 takes long, and is for once

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/e2e/program.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

void flip(const fs::path& path, std::uint64_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get());
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 0x10));
}

/// Ten classes in both splits; the images of `valid` are those of `train`, so that `inspect` reads
/// their names.
void write_idx(const fs::path& directory) {
  fs::create_directories(directory);
  for (const std::string prefix : {"train", "t10k"}) {
    std::ofstream images(directory / (prefix + "-images-idx3-ubyte"), std::ios::binary);
    std::ofstream labels(directory / (prefix + "-labels-idx1-ubyte"), std::ios::binary);
    const auto put = [](std::ofstream& file, std::vector<int> words) {
      for (const int word : words) {
        for (int shift = 24; shift >= 0; shift -= 8) file.put(static_cast<char>(word >> shift));
      }
    };
    put(images, {0x803, 20, 8, 8});
    put(labels, {0x801, 20});
    for (int i = 0; i < 20 * 64; ++i) images.put(static_cast<char>(i * i / 7));
    for (int i = 0; i < 20; ++i) labels.put(static_cast<char>(i % 10));
  }
}

int run(std::uint64_t step) {
  const TemporaryDirectory root;
  const fs::path pack = root / "pack";
  write_idx(root / "source");
  const auto words = [](std::vector<std::string> list) { return list; };
  if (lockstep_program(words({"pack", (root / "source").string(), "--out", pack.string()}))
          .exit_code != 0) {
    return 1;
  }
  std::ofstream(root / "config.yaml") << fmt::format(
      "data: {{pack: {}}}\nmodel: {{name: simple_cnn}}\n"
      "train: {{epochs: 1, batch: 4, lanes: 1, device: cpu}}\n"
      "optimizer: {{name: sgd, lr: 0.1}}\n",
      pack.string());
  const auto train = [&](const std::string& name) {
    return words({"train", (root / "config.yaml").string(), "run.dir=" + (root / name).string()});
  };
  if (lockstep_program(train("whole")).exit_code != 0) return 1;
  const std::map<std::string, std::vector<std::string>> commands = {
      {"inspect", words({"inspect", pack.string()})},
      {"verify", words({"verify", pack.string()})},
      {"eval", words({"eval", (root / "whole").string()})},
      {"train", train("flipped")}};
  std::map<std::string, std::map<int, int>> codes;
  int wrong = 0;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(pack)) files.push_back(entry.path());
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    for (std::uint64_t at = 0; at < fs::file_size(file); at += step) {
      flip(file, at);
      for (const auto& [name, command] : commands) {
        fs::remove_all(root / "flipped");
        RunningProgram program(lockstep_words(command));
        const int code =
            program.running_after(std::chrono::seconds(60)) ? -1 : program.wait().exit_code;
        ++codes[name][code];
        if (code == 0 || code == 3) continue;
        ++wrong;
        fmt::print("{} ended with {}: byte {} of {}\n", name, code, at, file.filename().string());
      }
      flip(file, at);
    }
  }
  for (const auto& [name, counts] : codes) {
    for (const auto& [code, count] : counts) {
      fmt::print("{:<8} ended with {:>3}: {:>6} times\n", name, code, count);
    }
  }
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) { return lockstep::run(argc > 1 ? std::stoull(argv[1]) : 1); }
