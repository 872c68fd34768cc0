#include "sharding/listing/array_listing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/process/child_stream.h"
#include "sharding/format/hdf5_child.h"
#include "sharding/listing/file_reader.h"
#include "sharding/listing/hdf5_labels.h"
#include "sharding/source/image_name.h"
#include "sharding/source/label_name.h"
#include "sharding/source/target_range.h"

namespace lockstep {
namespace {

/// Bytes of pixels, and rows of encoded files, that are read at once.
constexpr std::size_t kBlockBytes = 4 << 20;
constexpr std::size_t kEncodedRows = 16;
/// Larger labels are names: a class for every number up to them would be absurd.
constexpr std::int64_t kMostNumberedClasses = 1 << 16;

// ---- what HDF5 is asked, in a child process

std::uint64_t size_of(const std::filesystem::path& file) {
  std::error_code unreadable;  // HDF5 says why
  const std::uintmax_t bytes = std::filesystem::file_size(file, unreadable);
  return unreadable ? 0 : bytes;
}

Hdf5ImageFile::Shape read_shape(const std::filesystem::path& file, const std::string& dataset) {
  ChildStream child(hdf5_subject(file), hdf5_limits(size_of(file)),
                    [&](const ChildStream::Send& send) {
                      const Hdf5ImageFile images(file, dataset);
                      send(std::as_bytes(std::span(&images.shape(), 1)));
                    });
  const auto shape = child.next_value<Hdf5ImageFile::Shape>();
  check_image_count(file, size_of(file), shape.count);
  return shape;
}

Hdf5Labels read_labels(const SourceOptions& options, std::uint64_t count) {
  const auto kind =
      options.task == LabelTask::classification ? Hdf5LabelKind::classes : Hdf5LabelKind::targets;
  const std::filesystem::path& file = options.source;
  ChildStream child(hdf5_subject(file), hdf5_limits(size_of(file)),
                    [&](const ChildStream::Send& send) {
                      const Hdf5Labels labels =
                          read_hdf5_labels(options.source, options.labels_dataset, kind, count);
                      send(std::as_bytes(std::span(&labels.width, 1)));
                      send(std::as_bytes(std::span(labels.numbers)));
                      send(std::as_bytes(std::span(labels.targets)));
                      for (const std::string& text : labels.texts)
                        send(std::as_bytes(std::span(text)));
                    });
  Hdf5Labels labels;
  labels.width = child.next_value<std::uint32_t>();
  labels.numbers = child.next_values<std::int64_t>();
  labels.targets = child.next_values<float>();
  if (!labels.numbers.empty() || !labels.targets.empty()) return labels;
  for (std::uint64_t i = 0; i < count; ++i) labels.texts.push_back(child.next_text());
  return labels;
}

/// How many of the records lie in the block of rows that begins with the first.
std::size_t block_of(const Hdf5ImageFile::Shape& shape, std::span<const SourceRecord> records) {
  const std::size_t most = shape.encoding == Encoding::encoded
                               ? kEncodedRows
                               : std::max<std::size_t>(1, kBlockBytes / shape.image_bytes());
  const std::uint64_t end = records[0].row + most;
  const auto last =
      std::ranges::find_if(records, [&](const SourceRecord& record) { return record.row >= end; });
  return static_cast<std::size_t>(last - records.begin());
}

/// Reads blocks of rows and sends the images that records name.
void send_images(const std::filesystem::path& file, const std::string& dataset,
                 std::span<const SourceRecord> records, const ChildStream::Send& send) {
  Hdf5ImageFile images(file, dataset);
  std::vector<std::vector<std::byte>> rows;
  while (!records.empty()) {
    const std::size_t count = block_of(images.shape(), records);
    const std::uint64_t first = records[0].row;
    rows.resize(records[count - 1].row - first + 1);
    images.read(first, rows);
    for (const SourceRecord& record : records.first(count)) send(rows[record.row - first]);
    records = records.subspan(count);
  }
}

/// Sets the label of one record; false, with a fault, where it is impossible.
bool set_label(const SourceOptions& options, const Hdf5Labels& labels, SourceRecord& record,
               SourceListing& listing) {
  if (!labels.numbers.empty()) {
    const std::int64_t number = labels.numbers[record.row];
    if (number >= 0) record.label = listing.labels.add(std::to_string(number));
  } else if (!labels.texts.empty()) {
    const std::string name = clean_name(labels.texts[record.row]);
    const bool is_chosen = std::ranges::find(options.classes, name) != options.classes.end();
    if (!is_missing_value(name) || is_chosen) record.label = listing.labels.add(name);
  } else if (!labels.targets.empty()) {
    const auto row = std::span(labels.targets).subspan(record.row * labels.width, labels.width);
    record.targets.assign(row.begin(), row.end());
    const bool flags = listing.label.kind == LabelKind::uint8;
    const auto good = [&](float value) {
      return flags ? value == 0 || value == 1 : std::isfinite(value);
    };
    if (!std::ranges::all_of(row, good)) {
      listing.faults.push_back(
          listing.fault(FaultKind::bad_target, record,
                        flags ? "a flag is 0 or 1" : "not finite, or beyond float32 (3.4e38)"));
      return false;
    }
    for (const float value : row) {
      std::string outside = find_out_of_range(options, value);
      if (outside.empty()) continue;
      listing.faults.push_back(
          listing.fault(FaultKind::out_of_range, record, fmt::format("{} is {}", value, outside)));
      return false;
    }
  }
  return true;
}

}  // namespace

class ArrayReader::Pass final : public SourcePass {
 public:
  Pass(const std::filesystem::path& file, const std::string& dataset,
       const Hdf5ImageFile::Shape& shape, std::span<const SourceRecord> records)
      : shape_(shape),
        records_(records),
        child_(hdf5_subject(file), hdf5_limits(size_of(file)),
               [&](const ChildStream::Send& send) { send_images(file, dataset, records, send); }) {}

  /// Gives the images that records of one block of rows name.
  std::size_t next(std::vector<SourceSample>& samples) override {
    if (records_.empty()) return 0;
    const std::size_t count = block_of(shape_, records_);
    if (samples.size() < count) samples.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      SourceSample& sample = samples[i];
      begin_sample(records_[i], sample);
      child_.next_bytes(sample.bytes);
      sample.record.height = shape_.height;
      sample.record.width = shape_.width;
      sample.record.channels = shape_.channels;
    }
    records_ = records_.subspan(count);
    return count;
  }

  /// The child process reads in the order of the records, so next() has the bytes already.
  void load(SourceSample& sample) const override {
    if (sample.bytes.empty()) throw BadSample(FaultKind::empty_file, "");
    if (shape_.encoding == Encoding::encoded && sample.bytes.size() > kMaxImageFileBytes) {
      throw BadSample(FaultKind::too_large, fmt::format("more than {} bytes", kMaxImageFileBytes));
    }
  }

 private:
  const Hdf5ImageFile::Shape& shape_;
  std::span<const SourceRecord> records_;  ///< those that are still to come
  ChildStream child_;
};

ArrayReader::ArrayReader(std::filesystem::path file, std::string dataset)
    : file_(std::move(file)), dataset_(std::move(dataset)), shape_(read_shape(file_, dataset_)) {}

std::unique_ptr<SourcePass> ArrayReader::open(std::span<const SourceRecord> records) const {
  return std::make_unique<Pass>(file_, dataset_, shape_, records);
}

bool is_array_file(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 3> kExtensions{".h5", ".hdf5", ".hdf"};
  return std::ranges::find(kExtensions, lower_extension(path)) != kExtensions.end();
}

ArrayListing list_arrays(const SourceOptions& options) {
  auto reader = std::make_unique<ArrayReader>(options.source, options.images_dataset);
  const std::uint64_t count = reader->shape().count;
  Hdf5Labels labels;
  if (!options.unlabelled) labels = read_labels(options, count);
  SourceListing listing;
  listing.label = label_type(options, labels.width);
  listing.options = {{"source", "hdf5"}, {"images_dataset", options.images_dataset}};
  record_target_options(options, listing.options);
  if (!options.unlabelled) listing.options["labels_dataset"] = options.labels_dataset;
  if (!labels.numbers.empty() && std::ranges::max(labels.numbers) < kMostNumberedClasses) {
    listing.class_names = SourceListing::ClassNames::numbers;
  }
  const std::string name = options.source.filename();
  for (std::uint64_t row = 0; row < count; ++row) {
    SourceRecord record{.path = fmt::format("{}#{}", name, row),
                        .row = row,
                        .split = options.unlabelled ? SourceSplit::test : SourceSplit::unset,
                        .targets = {}};
    if (set_label(options, labels, record, listing)) listing.records.push_back(std::move(record));
  }
  return {std::move(listing), std::move(reader)};
}

}  // namespace lockstep
