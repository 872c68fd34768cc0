#include "sharding/synthetic/synthetic_source.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <utility>

#include "core/checked.h"
#include "core/error.h"
#include "sharding/source/split_assignment.h"
#include "sharding/synthetic/draw_blobs.h"
#include "sharding/synthetic/draw_shape.h"
#include "sharding/synthetic/shape_class.h"
#include "sharding/synthetic/synthetic_options.h"

namespace lockstep {
namespace {

/// Which samples of a class are in a split: from the `begin`-th to before the `end`-th.
struct Share {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  std::uint64_t size() const { return end - begin; }
};

/// A split, and its share of each class.
struct DrawnSplit {
  std::string name;
  std::vector<Share> shares;

  std::uint64_t samples() const {
    std::uint64_t sum = 0;
    for (const Share& share : shares) sum += share.size();
    return sum;
  }
};

/// Train, valid and test, empty ones too.
std::array<DrawnSplit, 3> divide(const SyntheticOptions& options, const SplitFractions& fractions) {
  std::array<DrawnSplit, 3> splits{{{std::string(kTrainSplit), {}},
                                    {std::string(kValidSplit), {}},
                                    {std::string(kTestSplit), {}}}};
  for (int label = 0; label < options.classes; ++label) {
    const std::uint64_t samples = options.samples_of(label);
    std::uint64_t left = samples;  // that may leave train
    const auto take = [&](double fraction) {
      const auto wanted = std::llround(fraction * static_cast<double>(samples));
      const std::uint64_t most = left > 0 ? left - 1 : 0;
      const std::uint64_t taken = std::min(static_cast<std::uint64_t>(wanted), most);
      left -= taken;
      return taken;
    };
    const std::uint64_t valid = take(fractions.valid);
    take(fractions.test);
    splits[0].shares.push_back({0, left});
    splits[1].shares.push_back({left, left + valid});
    splits[2].shares.push_back({left + valid, samples});
  }
  return splits;
}

void check_filled(const DrawnSplit& split, double fraction, std::uint64_t samples) {
  check(fraction == 0 || split.samples() > 0, ExitCode::usage,
        "--{}-fraction {} of {} images leaves that split empty; raise it, or --samples", split.name,
        fraction, samples);
}

/// Calls them off class by class, over and over, in the order of their numbers.
class DrawnPass final : public SourcePass {
 public:
  DrawnPass(const SyntheticOptions& options, const std::vector<Share>& shares)
      : options_(options), shares_(shares) {
    round_ = std::ranges::min(shares, {}, &Share::begin).begin;
    end_ = std::ranges::max(shares, {}, &Share::end).end;
  }

  std::size_t next(std::vector<SourceSample>& samples) override {
    constexpr std::size_t kBatchBytes = 1 << 20;
    const std::size_t most = std::max<std::size_t>(1, kBatchBytes / image_bytes());
    std::size_t count = 0;
    for (; round_ < end_; ++round_, label_ = 0) {
      for (; label_ < options_.classes; ++label_) {
        const Share& share = shares_[static_cast<std::size_t>(label_)];
        if (round_ < share.begin || round_ >= share.end) continue;
        if (count == most) return count;
        if (samples.size() <= count) samples.emplace_back();
        begin(samples[count++]);
      }
    }
    return count;
  }

  void load(SourceSample& sample) const override {
    sample.bytes.resize(image_bytes());
    const std::uint64_t number = number_of(sample);
    switch (options_.kind) {
      case SyntheticKind::shapes:
        return draw_shape(options_, number, sample.bytes);
      case SyntheticKind::blobs:
        return draw_blobs(options_, number, sample.bytes);
    }
    fail(ExitCode::internal, "unknown kind of pictures");
  }

 private:
  std::size_t image_bytes() const {
    return static_cast<std::size_t>(options_.size) * static_cast<std::size_t>(options_.size) *
           static_cast<std::size_t>(options_.channels);
  }

  void begin(SourceSample& sample) const {
    const std::uint64_t number =
        round_ * static_cast<std::uint64_t>(options_.classes) + static_cast<std::uint64_t>(label_);
    sample.source = fmt::format("{}{}{}", name_of(options_.kind), kNumberMark, number);
    sample.label = label_;
    sample.targets.clear();
    sample.record = {};
    sample.record.height = static_cast<std::uint32_t>(options_.size);
    sample.record.width = static_cast<std::uint32_t>(options_.size);
    sample.record.channels = static_cast<std::uint8_t>(options_.channels);
  }

  static std::uint64_t number_of(const SourceSample& sample) {
    const std::string_view name = sample.source;
    return parse_number<std::uint64_t>(name.substr(name.rfind(kNumberMark) + 1)).value();
  }

  static constexpr char kNumberMark = '#';

  const SyntheticOptions& options_;
  const std::vector<Share>& shares_;
  std::uint64_t round_ = 0;  ///< of the sample that is next, among those of its class
  int label_ = 0;            ///< of the sample that is next
  std::uint64_t end_ = 0;
};

class DrawnSource final : public PackSource {
 public:
  DrawnSource(const SyntheticOptions& options, const SplitFractions& fractions)
      : options_(options), fractions_(fractions) {
    std::array<DrawnSplit, 3> splits = divide(options, fractions);
    check_filled(splits[1], fractions.valid, options.samples);
    check_filled(splits[2], fractions.test, options.samples);
    for (DrawnSplit& split : splits) {
      if (split.samples() == 0) continue;
      splits_.push_back({split.name, split.samples()});
      shares_.push_back(std::move(split.shares));
    }
    for (int label = 0; label < options.classes; ++label) {
      classes_.push_back(options.kind == SyntheticKind::shapes
                             ? shape_class(label, options.classes).name()
                             : std::to_string(label));
    }
  }

  Encoding encoding() const override { return Encoding::raw; }
  LabelType label_type() const override { return {}; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<std::string>& label_names() const override { return label_names_; }
  const std::vector<Split>& splits() const override { return splits_; }
  const std::vector<std::string>& notes() const override { return notes_; }
  const std::vector<SourceFault>& faults() const override { return faults_; }

  std::unique_ptr<SourcePass> open(const Split& split) const override {
    const auto found = std::ranges::find(splits_, split.name, &Split::name);
    assert(found != splits_.end());
    return std::make_unique<DrawnPass>(options_,
                                       shares_[static_cast<std::size_t>(found - splits_.begin())]);
  }

  PackOptionsRecord options() const override {
    PackOptionsRecord record{{"source", "synthetic"},
                             {"synthetic", std::string(name_of(options_.kind))},
                             {"samples", std::to_string(options_.samples)},
                             {"classes", std::to_string(options_.classes)},
                             {"size", std::to_string(options_.size)},
                             {"channels", std::to_string(options_.channels)},
                             {"seed", std::to_string(options_.seed)}};
    record_fractions(fractions_, record);
    return record;
  }

 private:
  SyntheticOptions options_;
  SplitFractions fractions_;
  std::vector<std::string> classes_;
  std::vector<Split> splits_;
  std::vector<std::vector<Share>> shares_;  ///< of each split, of each class
  std::vector<std::string> label_names_;    ///< none, as there are notes and faults
  std::vector<std::string> notes_;
  std::vector<SourceFault> faults_;
};

}  // namespace

std::unique_ptr<PackSource> open_synthetic(const SourceOptions& options) {
  const SplitFractions fractions{options.valid_fraction, options.test_fraction, options.seed};
  check_fractions(fractions);
  return std::make_unique<DrawnSource>(synthetic_options(options), fractions);
}

}  // namespace lockstep
