#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/e2e/program.h"
#include "tests/faults/fault_scenarios.h"

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
    return {scenario("pack", 40, nothing, command("new_source"), &nothing_),
            scenario("pack --force", 43, old_pack, command("new_source", {"--force"}), &older_),
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
    Scenario made{name, std::move(words), out(), "", 0, step, std::move(prepare), {}};
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
        return fault.way.kind != "once" && holds(newer_) ? "" : "the older pack is not whole";
      }
      if (before->empty()) return {};
      const bool undone_later = fault.way.kind != "once" && found.contains(".replaced/pack.json");
      return undone_later ? "" : "the older pack is gone";
    };
    return made;
  }

  Scenario refused(std::function<void()> prepare) {
    Scenario made{"pack --strict",
                  command("faulty_source", {"--strict"}),
                  out(),
                  "",
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

}  // namespace

std::vector<Scenario> pack_scenarios() {
  const auto packs = std::make_shared<PackScenarios>();
  std::vector<Scenario> all = packs->all();
  for (Scenario& scenario : all) scenario.owner = packs;
  return all;
}

}  // namespace lockstep
