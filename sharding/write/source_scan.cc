#include "sharding/write/source_scan.h"

#include <limits>
#include <optional>
#include <span>
#include <utility>

#include <fmt/ranges.h>

#include "core/checked.h"
#include "core/hash.h"
#include "core/ordered_pipeline.h"
#include "sharding/write/image_preparer.h"

namespace lockstep {
namespace {

/// What a scan found out about one sample.
struct Finding {
  SampleRecord source;  ///< size, hash and, of pixels, shape of what the source gave
  std::optional<FaultKind> fault;
  std::string detail;

  bool is_good() const { return !fault || !is_rejected(*fault); }
};

/// A handful of samples on their way through the pipeline.
struct Batch {
  std::vector<SourceSample> samples;
  std::vector<Finding> findings;
  std::size_t count = 0;
  std::uint64_t first = 0;  ///< the number of the first sample in its split
  PixelStatistics statistics;
  std::optional<ImagePreparer> preparer;
};

void set_size_and_hash(SourceSample& sample) {
  check(sample.bytes.size() <= std::numeric_limits<std::uint32_t>::max(), ExitCode::data,
        "'{}' has {} bytes; a sample may have 4 GiB", sample.source, sample.bytes.size());
  sample.record.size = static_cast<std::uint32_t>(sample.bytes.size());
  sample.record.hash = xxh3_64(sample.bytes);
}

/// The work of one split that is done by many threads.
class Preparation {
 public:
  Preparation(const PackSource& source, const SourcePass& pass, const ScanOptions& options,
              const PackSource::Split& split)
      : source_(source), pass_(pass), options_(options) {
    const bool is_first = split.name == source.splits()[0].name;
    const bool all = stored_encoding(source.encoding(), options.image) == Encoding::raw;
    if (is_first) statistics_step_ = all ? 1 : 1 + (split.samples - 1) / kStatisticsImages;
  }

  void operator()(Batch& batch) const {
    if (!batch.preparer) batch.preparer.emplace(source_.encoding(), options_.image);
    batch.statistics = {};
    batch.findings.assign(batch.count, {});
    for (std::size_t i = 0; i < batch.count; ++i) {
      try {
        prepare(batch, i);
      } catch (const BadSample& bad) {
        batch.findings[i].fault = bad.kind();
        batch.findings[i].detail = bad.what();
      }
    }
  }

 private:
  void prepare(Batch& batch, std::size_t i) const {
    SourceSample& sample = batch.samples[i];
    Finding& finding = batch.findings[i];
    pass_.load(sample);
    set_size_and_hash(sample);
    finding.source = sample.record;
    if (options_.depth == ScanOptions::Depth::digest) return;
    const bool counts = statistics_step_ > 0 && (batch.first + i) % statistics_step_ == 0;
    std::optional<ImagePreparer::Oddity> odd = batch.preparer->prepare(
        sample, counts ? ImagePreparer::Need::pixels : ImagePreparer::Need::check);
    if (odd) {
      finding.fault = odd->kind;
      finding.detail = std::move(odd->detail);
    }
    set_size_and_hash(sample);
    if (statistics_step_ > 0) batch.statistics.see(sample.record.channels);
    if (!counts) return;
    const ImageView& pixels = batch.preparer->pixels();
    batch.statistics.add(
        {pixels.pixels, static_cast<std::size_t>(pixels.row_bytes * pixels.height)},
        pixels.channels);
  }

  const PackSource& source_;
  const SourcePass& pass_;
  const ScanOptions& options_;
  std::uint64_t statistics_step_ = 0;  ///< 0: the split does not count
};

/// Strings and numbers enter a digest so that no two sequences of them look alike.
void add_text(Hasher& hasher, std::string_view text) {
  hasher.update(fmt::format("{}:", text.size()));
  hasher.update(text);
}

class SourceDigest {
 public:
  explicit SourceDigest(const PackSource& source)
      : label_(source.label_type()), record_(label_.record_bytes()) {
    add_text(hasher_, name_of(source.encoding()));
    add_text(hasher_, name_of(label_.kind));
    add_text(hasher_, std::to_string(label_.width));
    for (const std::string& name : source.classes()) add_text(hasher_, name);
    for (const std::string& name : source.label_names()) add_text(hasher_, name);
    for (const SourceFault& fault : source.faults()) {
      add_text(hasher_, fault.path);
      add_text(hasher_, fault.split);
      add_text(hasher_, fault.label);
      add_text(hasher_, reason(fault));
    }
  }

  void begin(const PackSource::Split& split) {
    add_text(hasher_, split.name);
    add_text(hasher_, std::to_string(split.samples));
  }

  void add(const SourceSample& sample, const Finding& finding) {
    add_text(hasher_, sample.source);
    encode_record(label_, finding.source, sample.label, sample.targets, record_);
    hasher_.update(record_);
    // The hash identifies what could be read; whether it can be packed follows from that.
    const bool unread = finding.source.size == 0;
    add_text(hasher_, unread && finding.fault ? name_of(*finding.fault) : "");
  }

  std::string hex() const { return hasher_.hex(); }

 private:
  Hasher hasher_;
  LabelType label_;
  std::vector<std::byte> record_;
};

}  // namespace

std::string label_text(const PackSource& source, const SourceSample& sample) {
  if (source.label_type().kind != LabelKind::int64) {
    return fmt::format("{}", fmt::join(sample.targets, " "));
  }
  return source.classes()[static_cast<std::size_t>(sample.label)];
}

SourceScan scan_source(
    const PackSource& source, const ScanOptions& options,
    const std::function<void(const PackSource::Split&, const SourceSample&)>& visit) {
  SourceScan result;
  result.faults = source.faults();
  result.first_split_classes.resize(source.classes().size());
  SourceDigest digest(source);
  std::uint64_t total = 0;
  std::uint64_t done = 0;
  for (const PackSource::Split& split : source.splits()) total += split.samples;

  for (const PackSource::Split& split : source.splits()) {
    digest.begin(split);
    const bool is_first = result.good.empty();
    std::uint64_t& good = result.good.emplace_back(0);
    const auto take = [&](SourceSample& sample, const Finding& finding) {
      digest.add(sample, finding);
      if (finding.fault) {
        result.faults.push_back({.kind = *finding.fault,
                                 .path = sample.source,
                                 .split = split.name,
                                 .label = label_text(source, sample),
                                 .detail = finding.detail});
      }
      good += finding.is_good();
      if (is_first && !result.first_split_classes.empty()) {
        ClassCount& count = result.first_split_classes[static_cast<std::size_t>(sample.label)];
        ++count.samples;
        count.good += finding.is_good();
      }
      if (!finding.is_good()) return;
      if (visit) visit(split, sample);
    };
    const std::unique_ptr<SourcePass> pass = source.open(split);
    std::uint64_t taken = 0;
    run_ordered<Batch>(
        options.jobs,
        [&](Batch& batch) {
          batch.count = pass->next(batch.samples);
          batch.first = taken;
          taken += batch.count;
          return batch.count > 0;
        },
        Preparation(source, *pass, options, split),
        [&](Batch& batch) {
          for (std::size_t i = 0; i < batch.count; ++i) take(batch.samples[i], batch.findings[i]);
          result.statistics.add(batch.statistics);
          done += batch.count;
          if (options.progress) options.progress(done, total);
        });
  }
  result.digest = digest.hex();
  return result;
}

}  // namespace lockstep
