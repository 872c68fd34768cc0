#include "sharding/listing/array_listing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "sharding/listing/file_reader.h"
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
      listing.faults.push_back(listing.fault(FaultKind::bad_target, record));
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
       std::span<const SourceRecord> records)
      : file_(file, dataset), records_(records) {}

  /// Reads a block of rows and gives those that records name.
  std::size_t next(std::vector<SourceSample>& samples) override {
    if (records_.empty()) return 0;
    const Hdf5ImageFile::Shape& shape = file_.shape();
    const std::size_t most = shape.encoding == Encoding::encoded
                                 ? kEncodedRows
                                 : std::max<std::size_t>(1, kBlockBytes / shape.image_bytes());
    const std::uint64_t first = records_[0].row;
    const auto last = std::ranges::find_if(
        records_, [&](const SourceRecord& record) { return record.row >= first + most; });
    const auto count = static_cast<std::size_t>(last - records_.begin());
    rows_.resize(records_[count - 1].row - first + 1);
    file_.read(first, rows_);
    if (samples.size() < count) samples.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      SourceSample& sample = samples[i];
      begin_sample(records_[i], sample);
      std::swap(sample.bytes, rows_[records_[i].row - first]);
      sample.record.height = shape.height;
      sample.record.width = shape.width;
      sample.record.channels = shape.channels;
    }
    records_ = records_.subspan(count);
    return count;
  }

  /// HDF5 has one lock, so next() has read the bytes already.
  void load(SourceSample& sample) const override {
    if (sample.bytes.empty()) throw BadSample(FaultKind::empty_file, "");
    if (file_.shape().encoding == Encoding::encoded && sample.bytes.size() > kMaxImageFileBytes) {
      throw BadSample(FaultKind::too_large, fmt::format("more than {} bytes", kMaxImageFileBytes));
    }
  }

 private:
  Hdf5ImageFile file_;
  std::span<const SourceRecord> records_;  ///< those that are still to come
  std::vector<std::vector<std::byte>> rows_;
};

ArrayReader::ArrayReader(std::filesystem::path file, std::string dataset)
    : file_(std::move(file)),
      dataset_(std::move(dataset)),
      shape_(Hdf5ImageFile(file_, dataset_).shape()) {}

std::unique_ptr<SourcePass> ArrayReader::open(std::span<const SourceRecord> records) const {
  return std::make_unique<Pass>(file_, dataset_, records);
}

bool is_array_file(const std::filesystem::path& path) {
  constexpr std::array<std::string_view, 3> kExtensions{".h5", ".hdf5", ".hdf"};
  return std::ranges::find(kExtensions, lower_extension(path)) != kExtensions.end();
}

ArrayListing list_arrays(const SourceOptions& options) {
  auto reader = std::make_unique<ArrayReader>(options.source, options.images_dataset);
  const std::uint64_t count = reader->shape().count;
  Hdf5Labels labels;
  if (!options.unlabelled) {
    const auto kind =
        options.task == LabelTask::classification ? Hdf5LabelKind::classes : Hdf5LabelKind::targets;
    labels = read_hdf5_labels(options.source, options.labels_dataset, kind, count);
  }
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
