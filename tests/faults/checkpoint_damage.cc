// Damages the newer one of a run's two checkpoints, one place at a time: nothing damaged is loaded,
// it is set aside, and the older one is used. See docs/reliability.md.
//
//   checkpoint_damage [STEP]    every STEP-th place; 1 takes long, and is for once
//
// Every bit of manifest.json, state.json and the headers of the tensors' files; 10,000 random bits
// of the tensors; the end cut off at every 4 KiB and at byte 0; a byte more. Exit code 1 where
// anything is not as promised.

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
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

namespace lockstep {
namespace {

namespace fs = std::filesystem;

struct Damage {
  std::string kind;
  std::string file;
  std::function<void(std::string& content)> make;
};

struct Tally {
  long found = 0, equal = 0, wrong = 0;
};

void flip_bit(std::string& content, std::uint64_t bit) {
  content[bit / 8] = static_cast<char>(content[bit / 8] ^ (1 << (bit % 8)));
}

/// The bytes before a safetensors file's data: the header's length and the header.
std::uint64_t header_bytes(const std::string& content) {
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | static_cast<unsigned char>(content[i]);
  return 8 + length;
}

bool are_equal(std::span<const TensorView> left, std::span<const TensorView> right) {
  return std::ranges::equal(left, right, [](const TensorView& a, const TensorView& b) {
    return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape &&
           std::ranges::equal(a.bytes, b.bytes);
  });
}

class CheckpointDamage {
 public:
  CheckpointDamage() {
    const ProgramResult result =
        lockstep_program(job_.train("run", 1, {"train.max_steps=2", "checkpoint.every_steps=1"}));
    if (result.exit_code != 0) throw std::runtime_error(result.err);
    whole_ = std::make_unique<LoadedCheckpoint>(load_checkpoint(newer()));
    for (const auto& entry : fs::directory_iterator(newer())) {
      content_[entry.path().filename()] = read_file(entry.path(), ExitCode::storage);
    }
  }

  bool run(std::uint64_t step) {
    std::uint64_t number = 0;
    for (const Damage& damage : all()) {
      if (number++ % step == 0) attempt(damage);
    }
    bool good = true;
    for (const auto& [name, tally] : tallies_) {
      fmt::print("{:<36} {:>6} found, {:>3} with equal content, {} otherwise\n", name, tally.found,
                 tally.equal, tally.wrong);
      good = good && tally.wrong == 0;
    }
    return good && !tallies_.empty();
  }

 private:
  fs::path checkpoints() const { return job_.run_dir("run") / kCheckpointsDirectory; }
  fs::path newer() const { return checkpoints() / checkpoint_directory_name(2); }

  std::vector<Damage> all() const {
    std::vector<Damage> damages;
    std::mt19937_64 random(1);
    for (const auto& [name, content] : content_) {
      const bool has_tensors = name.ends_with(".safetensors");
      const std::uint64_t bits = 8 * (has_tensors ? header_bytes(content) : content.size());
      for (std::uint64_t bit = 0; bit < bits; ++bit) {
        damages.push_back({has_tensors ? "a bit of the header" : "a bit", name,
                           [bit](std::string& bytes) { flip_bit(bytes, bit); }});
      }
      for (int i = 0; has_tensors && i < 5000; ++i) {
        const std::uint64_t bit = bits + random() % (8 * content.size() - bits);
        damages.push_back(
            {"a bit of the tensors", name, [bit](std::string& bytes) { flip_bit(bytes, bit); }});
      }
      for (std::size_t size = 0; size < content.size(); size += 4096) {
        damages.push_back({"cut off", name, [size](std::string& bytes) { bytes.resize(size); }});
      }
      for (const char more : {'\0', '\n', ' ', '}'}) {
        damages.push_back({"a byte more", name, [more](std::string& bytes) { bytes += more; }});
      }
    }
    return damages;
  }

  void attempt(const Damage& damage) {
    std::string content = content_.at(damage.file);
    damage.make(content);
    put(damage.file, content);
    Tally& tally = tallies_[damage.file + ": " + damage.kind];
    const std::string wrong = look(tally);
    if (!wrong.empty()) {
      if (++tally.wrong <= 20) fmt::print("{}, {}: {}\n", damage.file, damage.kind, wrong);
    }
    for (const auto& entry : fs::directory_iterator(checkpoints())) {
      if (entry.path().extension() == kCorruptSuffix) fs::rename(entry.path(), newer());
    }
    put(damage.file, content_.at(damage.file));
  }

  /// What is wrong with how the damage is taken.
  std::string look(Tally& tally) const {
    try {
      const LoadedCheckpoint loaded = load_checkpoint(newer());
      if (!is_whole(loaded)) return "it is loaded with other content";
      ++tally.equal;
      return {};
    } catch (const UnsupportedCheckpoint& error) {
      return fmt::format("taken for one of another version: {}", error.what());
    } catch (const UnreadableFile& error) {
      return fmt::format("taken for one that cannot be read now: {}", error.what());
    } catch (const Error& error) {
      if (error.code() != ExitCode::storage) return error.what();
    }
    const std::unique_ptr<Communicator> communicator = make_single_communicator();
    std::ostringstream text;
    spdlog::logger log("log", std::make_shared<spdlog::sinks::ostream_sink_st>(text));
    CheckpointStore store(checkpoints(), *communicator, log);
    const std::optional<LoadedCheckpoint> loaded = store.load_newest();
    if (!loaded || loaded->manifest.step != 1) return "the older one is not used";
    if (fs::exists(newer())) return "it is not set aside";
    if (text.str().find("the checkpoint of step 2 is not usable") == std::string::npos) {
      return "nothing is logged";
    }
    ++tally.found;
    return {};
  }

  bool is_whole(const LoadedCheckpoint& loaded) const {
    return loaded.manifest == whole_->manifest && loaded.state == whole_->state &&
           are_equal(loaded.model.tensors(), whole_->model.tensors()) &&
           are_equal(loaded.optimizer.tensors(), whole_->optimizer.tensors());
  }

  /// Without a sync, unlike replace_file: this is done 100,000 times.
  void put(const std::string& name, const std::string& content) const {
    const UniqueFd file = create_file(newer() / name);
    write_all(file.get(), std::as_bytes(std::span(content)), newer() / name);
  }

  SmallJob job_;
  std::unique_ptr<LoadedCheckpoint> whole_;
  std::map<std::string, std::string> content_;
  std::map<std::string, Tally> tallies_;
};

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  return lockstep::CheckpointDamage().run(argc > 1 ? std::stoull(argv[1]) : 1) ? 0 : 1;
}
