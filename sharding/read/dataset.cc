#include "sharding/read/dataset.h"

#include <cassert>
#include <utility>

namespace lockstep {
namespace {

class LimitedDataset final : public Dataset {
 public:
  LimitedDataset(std::shared_ptr<const Dataset> dataset, std::uint64_t limit)
      : dataset_(std::move(dataset)), limit_(limit) {}

  std::uint64_t size() const override { return limit_; }
  Encoding encoding() const override { return dataset_->encoding(); }
  LabelType label_type() const override { return dataset_->label_type(); }
  void read(std::uint64_t id, Sample& sample) const override { dataset_->read(source(id), sample); }
  void visit_labels(
      const std::function<void(std::uint64_t, const SampleLabel&)>& visit) const override {
    std::uint64_t id = 0;
    dataset_->visit_labels([&](std::uint64_t inner, const SampleLabel& label) {
      if (id < limit_ && inner == source(id)) visit(id++, label);
    });
  }
  void read_ahead(std::uint64_t first, std::uint64_t count) const override {
    dataset_->read_ahead(source(first), source(first + count - 1) - source(first) + 1);
  }
  std::string describe(std::uint64_t id) const override { return dataset_->describe(source(id)); }

 private:
  std::uint64_t source(std::uint64_t id) const {
    assert(id < limit_);
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>(Wide{id} * dataset_->size() / limit_);
  }

  std::shared_ptr<const Dataset> dataset_;
  std::uint64_t limit_;
};

}  // namespace

void Dataset::visit_labels(
    const std::function<void(std::uint64_t id, const SampleLabel& label)>& visit) const {
  Sample sample;
  for (std::uint64_t id = 0; id < size(); ++id) {
    read(id, sample);
    visit(id, {sample.label, sample.targets});
  }
}

std::shared_ptr<const Dataset> limit_dataset(std::shared_ptr<const Dataset> dataset,
                                             std::uint64_t limit) {
  if (limit == 0 || limit >= dataset->size()) return dataset;
  return std::make_shared<LimitedDataset>(std::move(dataset), limit);
}

}  // namespace lockstep
