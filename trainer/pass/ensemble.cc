#include "trainer/pass/ensemble.h"

#include <utility>

namespace lockstep {
namespace {

class Ensemble final : public ImageModel {
 public:
  Ensemble(std::vector<std::unique_ptr<FlatModel>> members, const Task& task)
      : members_(std::move(members)), task_(task) {}

  /// The members share no features: the head is all that they are.
  at::Tensor features(at::Tensor images) override { return images; }
  at::Tensor head(const at::Tensor& images) override {
    std::vector<at::Tensor> outputs;
    for (const auto& member : members_) outputs.push_back(member->model().forward(images));
    return task_.mean_outputs(outputs);
  }
  std::vector<ModelStage> stages() const override { return {}; }
  void train(bool on) override {
    ImageModel::train(on);
    for (const auto& member : members_) member->model().train(on);
  }

 private:
  std::vector<std::unique_ptr<FlatModel>> members_;
  const Task& task_;
};

}  // namespace

std::shared_ptr<ImageModel> make_ensemble(std::vector<std::unique_ptr<FlatModel>> members,
                                          const Task& task) {
  return std::make_shared<Ensemble>(std::move(members), task);
}

}  // namespace lockstep
