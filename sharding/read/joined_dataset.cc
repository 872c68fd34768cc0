#include "sharding/read/joined_dataset.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace lockstep {
namespace {

class JoinedDataset final : public Dataset {
 public:
  explicit JoinedDataset(std::vector<std::shared_ptr<const Dataset>> datasets) {
    for (std::shared_ptr<const Dataset>& dataset : datasets) {
      const std::uint64_t samples = dataset->size();
      parts_.push_back({size_, std::move(dataset)});
      size_ += samples;
    }
  }

  std::uint64_t size() const override { return size_; }
  Encoding encoding() const override { return parts_[0].dataset->encoding(); }
  LabelType label_type() const override { return parts_[0].dataset->label_type(); }
  void read(std::uint64_t id, Sample& sample) const override {
    const Part& part = part_of(id);
    part.dataset->read(id - part.first_id, sample);
  }
  void visit_labels(
      const std::function<void(std::uint64_t, const SampleLabel&)>& visit) const override {
    for (const Part& part : parts_) {
      part.dataset->visit_labels([&](std::uint64_t inner, const SampleLabel& label) {
        visit(part.first_id + inner, label);
      });
    }
  }
  void read_ahead(std::uint64_t first, std::uint64_t count) const override {
    for (const std::uint64_t end = first + count; first < end;) {
      const Part& part = part_of(first);
      const std::uint64_t part_end = std::min(end, part.first_id + part.dataset->size());
      part.dataset->read_ahead(first - part.first_id, part_end - first);
      first = part_end;
    }
  }
  std::string describe(std::uint64_t id) const override {
    const Part& part = part_of(id);
    return part.dataset->describe(id - part.first_id);
  }

 private:
  struct Part {
    std::uint64_t first_id;
    std::shared_ptr<const Dataset> dataset;
  };
  /// The last part that begins no later: one without samples is passed over.
  const Part& part_of(std::uint64_t id) const {
    assert(id < size_);
    return *std::prev(std::ranges::upper_bound(parts_, id, {}, &Part::first_id));
  }

  std::vector<Part> parts_;
  std::uint64_t size_ = 0;
};

}  // namespace

std::shared_ptr<const Dataset> join_datasets(std::vector<std::shared_ptr<const Dataset>> parts) {
  assert(!parts.empty());
  if (parts.size() == 1) return parts[0];
  return std::make_shared<JoinedDataset>(std::move(parts));
}

}  // namespace lockstep
