#include "sharding/folder_source.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/random.h"
#include "imaging/decode.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 2> kValidFolders{"valid", "val"};
constexpr std::string_view kTestFolder = "test";

/// Files that one worker takes at a time.
constexpr std::size_t kFilesAtOnce = 4;

/// Where the splits lie below SOURCE.
struct FolderLayout {
  std::string train;  ///< "" where the classes lie in SOURCE itself
  std::optional<std::string> valid;
  bool has_test = false;
};

/// SOURCE has splits where all its folders are named like splits, and `train` is one of them; a
/// class may be called `train` too.
FolderLayout find_layout(const fs::path& directory) {
  FolderLayout layout;
  bool has_train = false;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename();
    if (name.starts_with('.') || !entry.is_directory()) continue;
    if (name == kTrainSplit) {
      has_train = true;
    } else if (name == kTestFolder) {
      layout.has_test = true;
    } else if (std::ranges::find(kValidFolders, name) != kValidFolders.end()) {
      check(!layout.valid, ExitCode::data, "'{}' has both '{}' and '{}'; which is to validate?",
            directory.string(), *layout.valid, name);
      layout.valid = name;
    } else {
      return {};
    }
  }
  if (!has_train) return {};
  layout.train = kTrainSplit;
  return layout;
}

FolderLayout find_layout_or_fail(const fs::path& directory) {
  try {
    return find_layout(directory);
  } catch (const fs::filesystem_error& error) {
    fail(ExitCode::data, "cannot list '{}': {}", directory.string(), error.what());
  }
}

/// Class names stand in JSON, which is UTF-8.
bool is_utf8(const std::string& text) {
  try {
    return !nlohmann::json(text).dump().empty();
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

std::uint64_t split_key(std::uint64_t seed, const std::string& path) {
  return random_bits(seed, RandomPurpose::split, xxh3_64(std::as_bytes(std::span(path))), 0);
}

}  // namespace

class FolderSource::Pass final : public SourcePass {
 public:
  Pass(const fs::path& directory, const Files& files) : directory_(directory), files_(files) {}

  std::size_t next(std::vector<SourceSample>& samples) override {
    const std::size_t count = std::min(kFilesAtOnce, files_.size() - next_);
    if (samples.size() < count) samples.resize(count);
    for (SourceSample& sample : std::span(samples).first(count)) {
      sample.source = files_[next_].path;
      sample.label = static_cast<std::int64_t>(files_[next_].class_index);
      ++next_;
    }
    return count;
  }

  void load(SourceSample& sample) const override {
    const fs::path path = directory_ / sample.source;
    const UniqueFd file = open_for_reading(path, ExitCode::data);
    const std::uint64_t size = file_size(file.get(), path);
    check(size > 0, ExitCode::data, "'{}' is empty; remove it or fetch it again", path.string());
    check(size <= std::numeric_limits<std::uint32_t>::max(), ExitCode::data,
          "'{}' has {} bytes; an image may have 4 GiB", path.string(), size);
    sample.bytes.resize(size);
    pread_exactly(file.get(), sample.bytes, 0, path, ExitCode::data);
    try {
      const ImageInfo info = probe_image(sample.bytes);
      sample.record.height = static_cast<std::uint32_t>(info.height);
      sample.record.width = static_cast<std::uint32_t>(info.width);
      sample.record.channels = static_cast<std::uint8_t>(info.channels);
    } catch (const Error& error) {
      fail(error.code(), "'{}': {}", path.string(), error.what());
    }
  }

 private:
  const fs::path& directory_;
  const Files& files_;
  std::size_t next_ = 0;
};

FolderSource::FolderSource(fs::path directory, const ValidSplitOptions& valid)
    : directory_(std::move(directory)), options_{{"source", "folder"}} {
  const FolderLayout layout = find_layout_or_fail(directory_);
  LeftOut left_out;
  ImageFolder train = list_image_folder(directory_, layout.train, left_out);
  classes_ = std::move(train.classes);
  train_ = std::move(train.files);
  check_classes();
  if (layout.valid) {
    check(valid.fraction == 0, ExitCode::usage,
          "'{}' has its own validation split '{}'; leave --valid-fraction away",
          directory_.string(), *layout.valid);
    take_valid_folder(*layout.valid, left_out);
  } else if (valid.fraction != 0) {
    take_valid_fraction(valid);
  }
  notes_ = left_out.lines();
  if (layout.has_test) {
    notes_.push_back(fmt::format("left out the folder {}: a pack has {} and {}", kTestFolder,
                                 kTrainSplit, kValidSplit));
  }
  splits_.push_back({std::string(kTrainSplit), train_.size()});
  if (!valid_.empty()) splits_.push_back({std::string(kValidSplit), valid_.size()});
}

void FolderSource::check_classes() const {
  check(!classes_.empty(), ExitCode::data,
        "'{}' has no folder of images; it needs one a class: {}/cats/1.jpg", directory_.string(),
        directory_.string());
  std::vector<std::size_t> files(classes_.size());
  for (const ImageFolder::File& file : train_) ++files[file.class_index];
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    check(files[i] > 0, ExitCode::data,
          "the class folder '{}' in '{}' holds no JPEG or PNG to train on; fill or remove it",
          classes_[i], directory_.string());
    check(is_utf8(classes_[i]), ExitCode::data,
          "the name of the class folder '{}' in '{}' is not UTF-8; rename it", classes_[i],
          directory_.string());
  }
}

void FolderSource::take_valid_folder(const std::string& folder, LeftOut& left_out) {
  ImageFolder valid = list_image_folder(directory_, folder, left_out);
  for (ImageFolder::File& file : valid.files) {
    const std::string& name = valid.classes[file.class_index];
    const auto found = std::ranges::lower_bound(classes_, name);
    check(found != classes_.end() && *found == name, ExitCode::data,
          "'{}' is of the class '{}', which has no folder in '{}'",
          (directory_ / file.path).string(), name, (directory_ / kTrainSplit).string());
    file.class_index = static_cast<std::size_t>(found - classes_.begin());
  }
  check(!valid.files.empty(), ExitCode::data, "'{}' holds no JPEG or PNG in class folders",
        (directory_ / folder).string());
  valid_ = std::move(valid.files);
}

void FolderSource::take_valid_fraction(const ValidSplitOptions& valid) {
  check(valid.fraction > 0 && valid.fraction < 1, ExitCode::usage,
        "--valid-fraction is {}; it must be at least 0 and less than 1", valid.fraction);
  options_["valid_fraction"] = fmt::format("{}", valid.fraction);
  options_["seed"] = std::to_string(valid.seed);

  Files train;
  for (auto first = train_.begin(); first != train_.end();) {
    const auto last = std::find_if(first, train_.end(), [&](const ImageFolder::File& file) {
      return file.class_index != first->class_index;
    });
    std::vector<std::pair<std::uint64_t, std::string>> keys;
    for (auto file = first; file != last; ++file) {
      keys.emplace_back(split_key(valid.seed, file->path), file->path);
    }
    // At least one stays to train on.
    const auto wanted = std::llround(valid.fraction * static_cast<double>(keys.size()));
    const auto count = std::min(wanted, static_cast<long long>(keys.size()) - 1);
    std::ranges::nth_element(keys, keys.begin() + count);
    const auto limit = keys[static_cast<std::size_t>(count)];
    for (auto file = first; file != last; ++file) {
      const bool to_valid = std::pair(split_key(valid.seed, file->path), file->path) < limit;
      (to_valid ? valid_ : train).push_back(std::move(*file));
    }
    first = last;
  }
  check(!valid_.empty(), ExitCode::usage,
        "--valid-fraction {} of {} images in {} classes leaves none to validate on; raise it",
        valid.fraction, train.size(), classes_.size());
  train_ = std::move(train);
}

std::unique_ptr<SourcePass> FolderSource::open(const Split& split) const {
  return std::make_unique<Pass>(directory_, split.name == kTrainSplit ? train_ : valid_);
}

}  // namespace lockstep
