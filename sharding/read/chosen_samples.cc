#include "sharding/read/chosen_samples.h"

#include <utility>

namespace lockstep {
namespace {

class ChosenSamples final : public Dataset {
 public:
  ChosenSamples(std::shared_ptr<const Dataset> dataset, std::vector<std::uint64_t> ids)
      : dataset_(std::move(dataset)), ids_(std::move(ids)) {}

  std::uint64_t size() const override { return ids_.size(); }
  Encoding encoding() const override { return dataset_->encoding(); }
  LabelType label_type() const override { return dataset_->label_type(); }
  void read(std::uint64_t id, Sample& sample) const override { dataset_->read(ids_[id], sample); }
  std::string describe(std::uint64_t id) const override { return dataset_->describe(ids_[id]); }

 private:
  std::shared_ptr<const Dataset> dataset_;
  std::vector<std::uint64_t> ids_;
};

}  // namespace

std::shared_ptr<const Dataset> choose_samples(std::shared_ptr<const Dataset> dataset,
                                              std::vector<std::uint64_t> ids) {
  return std::make_shared<const ChosenSamples>(std::move(dataset), std::move(ids));
}

}  // namespace lockstep
