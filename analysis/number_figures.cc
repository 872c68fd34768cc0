#include <algorithm>
#include <cmath>

#include "analysis/errors.h"
#include "analysis/figures.h"

namespace lockstep {
namespace {

class NumberFigures final : public Figures {
 public:
  NumberFigures(const ScoredSamples& samples, Breadth breadth)
      : samples_(samples), breadth_(breadth) {
    for (std::size_t k = 0; k < samples.width; ++k) {
      std::vector<double>& truths = truths_.emplace_back();
      std::vector<double>& predictions = predictions_.emplace_back();
      for (std::size_t i = 0; i < samples.size(); ++i) {
        truths.push_back(samples.targets_of(i)[k]);
        predictions.push_back(samples.outputs_of(i)[k]);
      }
    }
  }

  std::vector<std::string> of_all() const override { return {"loss", "mae", "rmse", "r2"}; }
  std::vector<std::string> of_each() const override {
    if (breadth_ == Breadth::brief) return {};
    return {"mae", "rmse", "r2", "bias"};
  }
  std::size_t outputs() const override { return samples_.width; }

  void values(SampleWeights weights, std::span<double> figures) const override {
    double count = 0, loss = 0;
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      count += weights[i];
      loss += weights[i] * samples_.losses[i];
    }
    double absolute = 0, square = 0, explained = 0;
    std::vector<double> each;
    for (std::size_t k = 0; k < samples_.width; ++k) {
      const ErrorFigures one = error_figures(truths_[k], predictions_[k], weights);
      absolute += one.mean_absolute;
      square += one.root_mean_square * one.root_mean_square;
      explained += one.r2;
      each.insert(each.end(), {one.mean_absolute, one.root_mean_square, one.r2, one.bias});
    }
    const auto all = static_cast<double>(samples_.width);
    auto out = figures.begin();
    for (const double value :
         {loss / count, absolute / all, std::sqrt(square / all), explained / all}) {
      *out++ = value;
    }
    if (breadth_ == Breadth::full) std::ranges::copy(each, out);
  }

 private:
  const ScoredSamples& samples_;
  Breadth breadth_;
  std::vector<std::vector<double>> truths_, predictions_;  ///< [K][n]
};

}  // namespace

std::unique_ptr<Figures> number_figures(const ScoredSamples& samples, Breadth breadth) {
  return std::make_unique<NumberFigures>(samples, breadth);
}

}  // namespace lockstep
