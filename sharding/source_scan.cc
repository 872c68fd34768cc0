#include "sharding/source_scan.h"

#include <limits>
#include <span>

#include "core/checked.h"
#include "core/hash.h"
#include "imaging/decode.h"
#include "sharding/ordered_pipeline.h"

namespace lockstep {
namespace {

/// A handful of samples on their way through the pipeline.
struct Batch {
  std::vector<SourceSample> samples;
  std::size_t count = 0;
  PixelStatistics statistics;
  Image image;

  std::span<SourceSample> view() { return std::span(samples).first(count); }
};

void add_pixels(const PackSource& source, const SourceSample& sample, Batch& batch) {
  const SampleRecord& record = sample.record;
  if (source.encoding() == Encoding::raw) {
    batch.statistics.add({reinterpret_cast<const std::uint8_t*>(sample.bytes.data()), record.size},
                         record.channels);
    return;
  }
  try {
    decode(sample.bytes, batch.image, record.channels);
  } catch (const Error& error) {
    fail(error.code(), "'{}': {}", sample.source, error.what());
  }
  batch.statistics.add({batch.image.row(0), batch.image.size_bytes()}, record.channels);
}

void prepare(const PackSource& source, const SourcePass& pass, ScanOptions::Depth depth,
             Batch& batch) {
  batch.statistics = {};
  for (SourceSample& sample : batch.view()) {
    pass.load(sample);
    check(sample.bytes.size() <= std::numeric_limits<std::uint32_t>::max(), ExitCode::data,
          "'{}' has {} bytes; a sample may have 4 GiB", sample.source, sample.bytes.size());
    sample.record.size = static_cast<std::uint32_t>(sample.bytes.size());
    sample.record.hash = xxh3_64(sample.bytes);
    if (depth == ScanOptions::Depth::pixels) add_pixels(source, sample, batch);
  }
}

/// Strings and numbers enter a digest so that no two sequences of them look alike.
void add_text(Hasher& hasher, std::string_view text) {
  hasher.update(fmt::format("{}:", text.size()));
  hasher.update(text);
}

Hasher start_digest(const PackSource& source) {
  Hasher hasher;
  add_text(hasher, name_of(source.encoding()));
  add_text(hasher, name_of(source.label_type().kind));
  add_text(hasher, std::to_string(source.label_type().width));
  for (const std::string& name : source.classes()) add_text(hasher, name);
  return hasher;
}

}  // namespace

SourceScan scan_source(
    const PackSource& source, const ScanOptions& options,
    const std::function<void(const PackSource::Split&, const SourceSample&)>& visit) {
  SourceScan result;
  Hasher hasher = start_digest(source);
  const LabelType label = source.label_type();
  std::vector<std::byte> record(label.record_bytes());
  std::uint64_t total = 0;
  std::uint64_t done = 0;
  for (const PackSource::Split& split : source.splits()) total += split.samples;

  for (const PackSource::Split& split : source.splits()) {
    add_text(hasher, split.name);
    add_text(hasher, std::to_string(split.samples));
    const std::unique_ptr<SourcePass> pass = source.open(split);
    run_ordered<Batch>(
        options.jobs,
        [&](Batch& batch) {
          batch.count = pass->next(batch.samples);
          return batch.count > 0;
        },
        [&](Batch& batch) { prepare(source, *pass, options.depth, batch); },
        [&](Batch& batch) {
          for (const SourceSample& sample : batch.view()) {
            add_text(hasher, sample.source);
            encode_record(label, sample.record, sample.label, sample.targets, record);
            hasher.update(record);
            if (visit) visit(split, sample);
          }
          if (split.name == kTrainSplit) result.statistics.add(batch.statistics);
          done += batch.count;
          if (options.progress) options.progress(done, total);
        });
  }
  result.digest = hasher.hex();
  return result;
}

}  // namespace lockstep
