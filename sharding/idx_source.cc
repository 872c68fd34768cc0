#include "sharding/idx_source.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/error.h"
#include "imaging/decode.h"
#include "sharding/gzip_file.h"

namespace lockstep {
namespace {

constexpr std::string_view kImages = "images-idx3-ubyte";
constexpr std::string_view kLabels = "labels-idx1-ubyte";
constexpr std::string_view kTrainPrefix = "train";
constexpr std::string_view kValidPrefix = "t10k";

constexpr std::uint32_t kImagesMagic = 0x0803;  // unsigned bytes, three dimensions
constexpr std::uint32_t kLabelsMagic = 0x0801;

/// Bytes of images, or of labels, that are read at once.
constexpr std::size_t kBlockBytes = 1 << 20;

/// The file as it is, else its .gz.
std::optional<std::filesystem::path> find_file(const std::filesystem::path& directory,
                                               std::string_view prefix, std::string_view kind) {
  const std::string name = fmt::format("{}-{}", prefix, kind);
  for (const auto& path : {directory / name, directory / (name + ".gz")}) {
    if (std::filesystem::exists(path)) return path;
  }
  return std::nullopt;
}

std::filesystem::path require_file(const std::filesystem::path& directory, std::string_view prefix,
                                   std::string_view kind) {
  auto found = find_file(directory, prefix, kind);
  check(found.has_value(), ExitCode::data, "'{}' has no '{}-{}' nor its .gz", directory.string(),
        prefix, kind);
  return *found;
}

std::uint32_t read_number(GzipFile& file) {
  std::array<std::byte, 4> bytes;
  file.read(bytes);
  std::uint32_t number = 0;
  for (const std::byte byte : bytes) number = number << 8 | std::to_integer<std::uint32_t>(byte);
  return number;
}

/// Reads the magic number and the dimensions.
template <std::size_t Dimensions>
std::array<std::uint32_t, Dimensions> read_header(GzipFile& file, std::uint32_t magic,
                                                  const std::filesystem::path& path) {
  const std::uint32_t found = read_number(file);
  check(found == magic, ExitCode::data,
        "'{}' is no IDX file of {}: it starts with {:#010x}, and not {:#010x}", path.string(),
        Dimensions == 1 ? "labels" : "grey 8-bit images", found, magic);
  std::array<std::uint32_t, Dimensions> dimensions;
  for (std::uint32_t& dimension : dimensions) dimension = read_number(file);
  return dimensions;
}

std::vector<std::uint8_t> read_labels(const std::filesystem::path& path) {
  GzipFile file(path);
  const auto [count] = read_header<1>(file, kLabelsMagic, path);
  // Grown as the bytes come, so that a header that lies takes no memory.
  std::vector<std::uint8_t> labels;
  while (labels.size() < count) {
    const std::size_t start = labels.size();
    labels.resize(std::min<std::size_t>(count, start + kBlockBytes));
    file.read(std::as_writable_bytes(std::span(labels).subspan(start)));
  }
  file.expect_end();
  return labels;
}

}  // namespace

class IdxSource::Pass final : public SourcePass {
 public:
  explicit Pass(const Files& files)
      : files_(files),
        file_(files.images),
        image_bytes_(std::size_t{files.height} * files.width),
        name_(files.images.extension() == ".gz" ? files.images.stem().string()
                                                : files.images.filename().string()) {
    read_header<3>(file_, kImagesMagic, files.images);
  }

  std::size_t next(std::vector<SourceSample>& samples) override {
    const std::size_t count = std::min(std::max<std::size_t>(1, kBlockBytes / image_bytes_),
                                       files_.labels.size() - next_);
    if (samples.size() < count) samples.resize(count);
    for (SourceSample& sample : std::span(samples).first(count)) {
      sample.source = fmt::format("{}#{}", name_, next_);
      sample.label = files_.labels[next_++];
      sample.bytes.resize(image_bytes_);
      file_.read(sample.bytes);
    }
    if (count == 0) file_.expect_end();
    return count;
  }

  /// A stream is read in order, so next() has the bytes already.
  void load(SourceSample& sample) const override {
    sample.record.height = files_.height;
    sample.record.width = files_.width;
    sample.record.channels = 1;
  }

 private:
  const Files& files_;
  GzipFile file_;
  std::size_t image_bytes_;
  std::string name_;
  std::size_t next_ = 0;
};

bool IdxSource::recognises(const std::filesystem::path& directory) {
  return find_file(directory, kTrainPrefix, kImages) || find_file(directory, kValidPrefix, kImages);
}

IdxSource::IdxSource(const std::filesystem::path& directory) {
  add_split(directory, kTrainSplit, kTrainPrefix);
  const int classes = 1 + *std::ranges::max_element(files_.front().labels);
  for (int label = 0; label < classes; ++label) classes_.push_back(std::to_string(label));
  if (!find_file(directory, kValidPrefix, kImages)) return;

  add_split(directory, kValidSplit, kValidPrefix);
  const auto& labels = files_.back().labels;
  const auto beyond = std::ranges::find_if(labels, [&](int label) { return label >= classes; });
  if (beyond == labels.end()) return;
  fail(ExitCode::data,
       "'{}': sample {} has label {}, but the labels of the training split end at {}",
       files_.back().images.string(), beyond - labels.begin(), int{*beyond}, classes - 1);
}

void IdxSource::add_split(const std::filesystem::path& directory, std::string_view name,
                          std::string_view prefix) {
  Files files;
  files.images = require_file(directory, prefix, kImages);
  const auto labels_path = require_file(directory, prefix, kLabels);
  GzipFile images(files.images);
  const auto [count, height, width] = read_header<3>(images, kImagesMagic, files.images);
  constexpr auto limit = static_cast<std::uint32_t>(kMaxImageSide);
  check(count > 0 && height > 0 && height <= limit && width > 0 && width <= limit, ExitCode::data,
        "'{}' has {} images of {} x {} pixels; at least one, of 1 to {} pixels, is needed",
        files.images.string(), count, height, width, limit);
  files.height = height;
  files.width = width;
  files.labels = read_labels(labels_path);
  check(files.labels.size() == count, ExitCode::data, "'{}' has {} images, but '{}' has {} labels",
        files.images.string(), count, labels_path.string(), files.labels.size());
  splits_.push_back({std::string(name), count});
  files_.push_back(std::move(files));
}

std::unique_ptr<SourcePass> IdxSource::open(const Split& split) const {
  const auto found = std::ranges::find(splits_, split.name, &Split::name);
  return std::make_unique<Pass>(files_.at(static_cast<std::size_t>(found - splits_.begin())));
}

}  // namespace lockstep
