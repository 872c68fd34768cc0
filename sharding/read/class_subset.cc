#include "sharding/read/class_subset.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::int64_t kOther = -1;

class ClassSubset final : public Dataset {
 public:
  ClassSubset(std::shared_ptr<const Dataset> dataset, const std::vector<std::int64_t>& classes)
      : dataset_(std::move(dataset)) {
    for (std::size_t i = 0; i < classes.size(); ++i) {
      const auto number = static_cast<std::size_t>(classes[i]);
      if (number >= labels_.size()) labels_.resize(number + 1, kOther);
      labels_[number] = static_cast<std::int64_t>(i);
    }
    bool taken = false;
    dataset_->visit_labels([&](std::uint64_t id, const SampleLabel& label) {
      const bool take = label_of(label.number) != kOther;
      if (take && !taken) runs_.push_back({id, size_});
      size_ += take;
      taken = take;
    });
    runs_.shrink_to_fit();
  }

  std::uint64_t size() const override { return size_; }
  Encoding encoding() const override { return dataset_->encoding(); }
  LabelType label_type() const override { return dataset_->label_type(); }
  void read(std::uint64_t id, Sample& sample) const override {
    dataset_->read(source(id), sample);
    sample.label = label_of(sample.label);
    check(sample.label != kOther, ExitCode::data,
          "{} is of another class than when the run began: were its files changed?", describe(id));
  }
  void visit_labels(
      const std::function<void(std::uint64_t, const SampleLabel&)>& visit) const override {
    std::uint64_t id = 0;
    dataset_->visit_labels([&](std::uint64_t, const SampleLabel& label) {
      const std::int64_t number = label_of(label.number);
      if (number != kOther) visit(id++, {number, label.targets});
    });
  }
  void read_ahead(std::uint64_t first, std::uint64_t count) const override {
    for (const std::uint64_t end = first + count; first < end;) {
      const auto next = std::ranges::upper_bound(runs_, first, {}, &Run::samples_before);
      const std::uint64_t run_end = next == runs_.end() ? end : std::min(end, next->samples_before);
      dataset_->read_ahead(source(first), run_end - first);
      first = run_end;
    }
  }
  std::string describe(std::uint64_t id) const override { return dataset_->describe(source(id)); }

 private:
  /// Consecutive samples that are taken.
  struct Run {
    std::uint64_t first_id;
    std::uint64_t samples_before;
  };
  std::uint64_t source(std::uint64_t id) const {
    assert(id < size_);
    const Run& run = *std::prev(std::ranges::upper_bound(runs_, id, {}, &Run::samples_before));
    return run.first_id + (id - run.samples_before);
  }
  std::int64_t label_of(std::int64_t number) const {
    const auto index = static_cast<std::size_t>(number);
    return index < labels_.size() ? labels_[index] : kOther;
  }

  std::shared_ptr<const Dataset> dataset_;
  std::vector<std::int64_t> labels_;  ///< by the class's number in `dataset_`
  std::vector<Run> runs_;
  std::uint64_t size_ = 0;
};

}  // namespace

std::shared_ptr<const Dataset> choose_classes(std::shared_ptr<const Dataset> dataset,
                                              const std::vector<std::int64_t>& classes) {
  assert(dataset->label_type().kind == LabelKind::int64);
  return std::make_shared<ClassSubset>(std::move(dataset), classes);
}

}  // namespace lockstep
