#include "trainer/pass/view_model.h"

#include <array>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/MemoryFormat.h>

namespace lockstep {
namespace {

class ViewModel final : public ImageModel {
 public:
  ViewModel(ImageModel& model, const Task& task, Views views, int height, int width)
      : model_(model), task_(task), views_(views), height_(height), width_(width) {}

  /// The head is all that it is: each view has features of its own.
  at::Tensor features(at::Tensor images) override { return images; }
  at::Tensor head(const at::Tensor& images) override {
    std::vector<at::Tensor> outputs;
    for (const at::Tensor& view : views_of(images)) {
      outputs.push_back(model_.forward(view.contiguous(at::MemoryFormat::ChannelsLast)));
    }
    return task_.mean_outputs(outputs);
  }
  std::vector<ModelStage> stages() const override { return {}; }
  void train(bool on) override {
    ImageModel::train(on);
    model_.train(on);
  }

 private:
  /// Of images [B, C, H, W].
  std::vector<at::Tensor> views_of(const at::Tensor& images) const {
    if (views_ == Views::flips) return {images, images.flip(3)};
    const std::int64_t down = images.size(2) - height_, right = images.size(3) - width_;
    const std::array<std::pair<std::int64_t, std::int64_t>, 5> corners = {
        {{0, 0}, {0, right}, {down, 0}, {down, right}, {down / 2, right / 2}}};
    std::vector<at::Tensor> crops;
    for (const auto& [y, x] : corners) {
      crops.push_back(images.narrow(2, y, height_).narrow(3, x, width_));
    }
    return crops;
  }

  ImageModel& model_;
  const Task& task_;
  Views views_;
  int height_, width_;
};

}  // namespace

std::shared_ptr<ImageModel> make_view_model(ImageModel& model, const Task& task, Views views,
                                            int height, int width) {
  return std::make_shared<ViewModel>(model, task, views, height, width);
}

}  // namespace lockstep
