#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "sharding/format/index_record.h"
#include "sharding/format/sample.h"

namespace lockstep {

/// What a split says about one sample, by the kind of its labels.
struct SampleLabel {
  std::int64_t number = -1;        ///< the class; -1 where labels are not classes
  std::span<const float> targets;  ///< numbers or flags, as many as the label is wide; else empty
};

/// Samples by number: all that order, prefetch and evaluation need to know about where images come
/// from. Every member may be called from any number of threads at once.
///
///     Sample sample;
///     for (std::uint64_t id = 0; id < dataset->size(); ++id) dataset->read(id, sample);
class Dataset {
 public:
  virtual ~Dataset() = default;

  /// N; sample ids are 0..N-1.
  virtual std::uint64_t size() const = 0;
  virtual Encoding encoding() const = 0;
  /// What its labels are: the same for every sample.
  virtual LabelType label_type() const = 0;
  /// Reads sample `id` < size() into `sample`, whose memory is reused. Throws Error(data) that
  /// names it where it is damaged.
  virtual void read(std::uint64_t id, Sample& sample) const = 0;
  /// Calls `visit` with every sample's id, ascending, and its label, which is valid during the
  /// call. Reads no images where it can do without. Throws Error(data).
  virtual void visit_labels(
      const std::function<void(std::uint64_t id, const SampleLabel& label)>& visit) const;
  /// Asks the file system for `count` samples from `first` on, soon to be read; returns at once.
  virtual void read_ahead(std::uint64_t /*first*/, std::uint64_t /*count*/) const {}
  /// The sample in words, for messages: "sample 17 of split 'train' (cats/1.jpg)".
  virtual std::string describe(std::uint64_t id) const = 0;
};

/// `limit` samples of `dataset`, evenly spread over its ids, so that a dataset sorted by class
/// keeps its proportions. 0, or more than there are: the dataset itself.
std::shared_ptr<const Dataset> limit_dataset(std::shared_ptr<const Dataset> dataset,
                                             std::uint64_t limit);

}  // namespace lockstep
