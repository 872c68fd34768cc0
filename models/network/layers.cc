#include "models/network/layers.h"

#include <algorithm>
#include <cmath>

#include "models/network/map_tap.h"

namespace lockstep {

torch::nn::Conv2d conv(int in, int out, int kernel, int stride, int groups) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel)
                               .stride(stride)
                               .padding(kernel / 2)
                               .groups(groups)
                               .bias(false));
}

at::Tensor image_mean(const at::Tensor& x) { return last_map(x).mean({2, 3}); }

std::vector<int> stage_lengths(std::span<const int> own, const std::vector<int>& given) {
  if (!given.empty()) return given;
  std::vector<int> lengths(own.begin(), own.end());
  std::erase(lengths, 0);
  return lengths;
}

int scaled(int channels, double factor) {
  return std::max(1, static_cast<int>(std::lround(channels * factor)));
}

int multiple_of_8(double channels) {
  const int nearest = std::max(8, static_cast<int>(channels + 4) / 8 * 8);
  return nearest < 0.9 * channels ? nearest + 8 : nearest;
}

}  // namespace lockstep
