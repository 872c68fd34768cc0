#include "sharding/listing/idx_listing.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/error.h"
#include "imaging/codec/decode.h"
#include "sharding/listing/file_reader.h"
#include "sharding/listing/gzip_file.h"

namespace lockstep {
namespace {

constexpr std::string_view kImages = "images-idx3-ubyte";
constexpr std::string_view kLabels = "labels-idx1-ubyte";
constexpr std::array<std::string_view, 1> kTrainNames{"train"};
constexpr std::array<std::string_view, 5> kValidNames{"t10k", "test", "valid", "val", "validation"};

constexpr std::uint32_t kImagesMagic = 0x0803;  // unsigned bytes, three dimensions
constexpr std::uint32_t kLabelsMagic = 0x0801;

/// Bytes of images, or of labels, that are read at once.
constexpr std::size_t kBlockBytes = 1 << 20;

/// What stands before `split`'s `kind` in the name of a file (without .gz), if it is that: nothing
/// in "train-images-idx3-ubyte", also with the dot that some programs unpack it with, or the name
/// of a part ("emnist-letters-").
std::optional<std::string> find_part(std::string name, std::string_view split,
                                     std::string_view kind) {
  std::string wanted = fmt::format("{}-{}", split, kind);
  for (std::string* text : {&name, &wanted}) std::ranges::replace(*text, '.', '-');
  if (!name.ends_with(wanted)) return std::nullopt;
  name.resize(name.size() - wanted.size());
  if (!name.empty() && !name.ends_with('-')) return std::nullopt;
  return name;
}

struct IdxFile {
  std::filesystem::path path;
  std::string part;
};

/// The file as it is, else its .gz. Throws Error(data) where there are several.
std::optional<IdxFile> find_file(const std::filesystem::path& directory,
                                 std::span<const std::string_view> splits, std::string_view kind) {
  std::optional<IdxFile> found;
  std::error_code unreadable;  // then it has none
  std::filesystem::directory_iterator entry(directory, unreadable);
  for (; !unreadable && entry != std::filesystem::directory_iterator();
       entry.increment(unreadable)) {
    const std::filesystem::path& path = entry->path();
    const std::string name = (path.extension() == ".gz" ? path.stem() : path.filename()).string();
    std::optional<std::string> part;
    for (const std::string_view split : splits) {
      if (!part) part = find_part(name, split, kind);
    }
    if (!part) continue;
    if (found && (found->path.stem() == path.filename() || path.stem() == found->path.filename())) {
      found->path = std::min(found->path, path);  // one of them is the other's .gz
      continue;
    }
    check(!found, ExitCode::data, "'{}' and '{}' are both there: keep one set of files in a folder",
          found ? found->path.string() : "", path.string());
    found = IdxFile{path, *part};
  }
  return found;
}

IdxFile require_file(const std::filesystem::path& directory,
                     std::span<const std::string_view> splits, std::string_view kind) {
  auto found = find_file(directory, splits, kind);
  check(found.has_value(), ExitCode::data, "'{}' has no '{}-{}' nor its .gz", directory.string(),
        splits[0], kind);
  return *std::move(found);
}

/// Letters with the labels of digits would be a fault that nobody sees.
void check_same_part(const IdxFile& a, const IdxFile& b) {
  check(a.part == b.part, ExitCode::data,
        "'{}' and '{}' are of two sets: keep one set of files in a folder", a.path.string(),
        b.path.string());
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
        "'{}' is not an IDX file of {}: it starts with {:#010x}, and not {:#010x}", path.string(),
        Dimensions == 1 ? "labels" : "grey 8-bit images", found, magic);
  std::array<std::uint32_t, Dimensions> dimensions;
  for (std::uint32_t& dimension : dimensions) dimension = read_number(file);
  return dimensions;
}

std::vector<std::uint8_t> read_labels(const std::filesystem::path& path,
                                      const IdxReader::Images& images) {
  GzipFile file(path);
  const auto [count] = read_header<1>(file, kLabelsMagic, path);
  check(count == images.count, ExitCode::data, "'{}' has {} images, but '{}' has {} labels",
        images.path.string(), images.count, path.string(), count);
  file.expect_bytes(count);
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

IdxReader::Images open_images(const std::filesystem::path& path) {
  GzipFile file(path);
  const auto [count, height, width] = read_header<3>(file, kImagesMagic, path);
  constexpr auto limit = static_cast<std::uint32_t>(kMaxImageSide);
  check(count > 0 && height > 0 && height <= limit && width > 0 && width <= limit, ExitCode::data,
        "'{}' has {} images of {} x {} pixels; at least one, of 1 to {} pixels, is needed",
        path.string(), count, height, width, limit);
  try {
    check_decodable_size(height, width);
  } catch (const Error& error) {
    fail(ExitCode::data, "'{}': {}", path.string(), error.what());
  }
  file.expect_bytes(std::uint64_t{count} * height * width);
  check_image_count(path, file.size_on_disk(), count);
  return {.path = path,
          .name = (path.extension() == ".gz" ? path.stem() : path.filename()).string(),
          .count = count,
          .height = height,
          .width = width};
}

IdxReader::Images add_split(const std::filesystem::path& directory,
                            std::span<const std::string_view> names, SourceSplit split,
                            SourceListing& listing) {
  const IdxFile images_file = require_file(directory, names, kImages);
  const IdxFile labels_file = require_file(directory, names, kLabels);
  check_same_part(images_file, labels_file);
  IdxReader::Images images = open_images(images_file.path);
  const std::vector<std::uint8_t> labels = read_labels(labels_file.path, images);
  for (std::size_t row = 0; row < labels.size(); ++row) {
    listing.records.push_back({.path = fmt::format("{}#{}", images.name, row),
                               .row = row,
                               .label = listing.labels.add(std::to_string(labels[row])),
                               .split = split,
                               .targets = {}});
  }
  return images;
}

}  // namespace

class IdxReader::Pass final : public SourcePass {
 public:
  Pass(const std::vector<Images>& files, std::span<const SourceRecord> records)
      : files_(files), records_(records) {}

  /// A record's path begins with the name of its file.
  std::size_t next(std::vector<SourceSample>& samples) override {
    if (records_.empty()) {
      finish_file();
      return 0;
    }
    const Images& images = images_of(records_[0]);
    if (&images != open_) start_file(images);
    const std::size_t image_bytes = std::size_t{images.height} * images.width;
    const std::size_t most = std::max<std::size_t>(1, kBlockBytes / image_bytes);
    std::size_t count = 0;
    for (; count < most && !records_.empty() && &images_of(records_[0]) == open_; ++count) {
      if (samples.size() <= count) samples.emplace_back();
      SourceSample& sample = samples[count];
      begin_sample(records_[0], sample);
      skip_to(records_[0].row);
      sample.bytes.resize(image_bytes);
      file_->read(sample.bytes);
      ++row_;
      sample.record.height = images.height;
      sample.record.width = images.width;
      sample.record.channels = 1;
      records_ = records_.subspan(1);
    }
    return count;
  }

  /// A stream is read in order, so next() has the bytes already.
  void load(SourceSample&) const override {}

 private:
  const Images& images_of(const SourceRecord& record) const {
    const std::string_view path = record.path;
    const auto found = std::ranges::find(files_, path.substr(0, path.rfind('#')), &Images::name);
    return *found;
  }

  void start_file(const Images& images) {
    finish_file();
    open_ = &images;
    file_.emplace(images.path);
    row_ = 0;
    read_header<3>(*file_, kImagesMagic, images.path);
  }

  void skip_to(std::uint64_t row) {
    std::uint64_t left = (row - row_) * open_->height * open_->width;
    for (; left > 0; left -= skipped_.size()) {
      skipped_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(left, kBlockBytes)));
      file_->read(skipped_);
    }
    row_ = row;
  }

  /// To the file's end, where gzip's checksum shows whether all before was right.
  void finish_file() {
    if (open_ == nullptr) return;
    skip_to(open_->count);
    file_->expect_end();
    open_ = nullptr;
  }

  const std::vector<Images>& files_;
  std::span<const SourceRecord> records_;  ///< those that are still to come
  const Images* open_ = nullptr;
  std::optional<GzipFile> file_;
  std::uint64_t row_ = 0;
  std::vector<std::byte> skipped_;
};

std::unique_ptr<SourcePass> IdxReader::open(std::span<const SourceRecord> records) const {
  return std::make_unique<Pass>(files_, records);
}

bool has_idx_files(const std::filesystem::path& directory) {
  return find_file(directory, kTrainNames, kImages) || find_file(directory, kValidNames, kImages);
}

IdxListing list_idx_files(const std::filesystem::path& directory) {
  SourceListing listing;
  listing.class_names = SourceListing::ClassNames::numbers;
  listing.options = {{"source", "idx"}};
  std::vector<IdxReader::Images> files{
      add_split(directory, kTrainNames, SourceSplit::train, listing)};
  if (const auto valid = find_file(directory, kValidNames, kImages)) {
    check_same_part(require_file(directory, kTrainNames, kImages), *valid);
    files.push_back(add_split(directory, kValidNames, SourceSplit::valid, listing));
  }
  return {std::move(listing), std::make_unique<IdxReader>(std::move(files))};
}

}  // namespace lockstep
