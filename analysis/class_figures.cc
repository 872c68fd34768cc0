#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "analysis/calibration.h"
#include "analysis/confusion.h"
#include "analysis/figures.h"
#include "analysis/flags.h"
#include "analysis/ranking.h"

namespace lockstep {
namespace {

constexpr std::int64_t kTop = 5;

/// How many classes are before the true one, by their logits; of equal ones by their numbers.
std::int64_t place_of(std::span<const float> logits, std::int64_t label) {
  const auto truth = static_cast<std::size_t>(label);
  std::int64_t place = 0;
  for (std::size_t k = 0; k < logits.size(); ++k) {
    place += logits[k] > logits[truth] || (logits[k] == logits[truth] && k < truth);
  }
  return place;
}

class ClassFigures final : public Figures {
 public:
  ClassFigures(const ScoredSamples& samples, const Decisions& decisions, Breadth breadth)
      : samples_(samples), breadth_(breadth), right_(samples.size()), in_top_(samples.size()) {
    std::vector<double> stated;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto logits = samples.outputs_of(i);
      predicted_.push_back(decisions.class_of(logits));
      right_[i] = predicted_[i] == samples.labels[i];
      in_top_[i] = place_of(logits, samples.labels[i]) < kTop;
      if (breadth == Breadth::full) {
        stated.push_back(class_probabilities(logits)[static_cast<std::size_t>(predicted_[i])]);
      }
    }
    if (breadth == Breadth::full) events_.emplace(stated, right_, 1);
    if (ranks()) sort_scores();
  }

  std::vector<std::string> of_all() const override {
    std::vector<std::string> names = {"loss", "accuracy", "top5_accuracy"};
    if (breadth_ == Breadth::brief) return names;
    names.insert(names.end(), {"balanced_accuracy", "f1_macro", "calibration_error"});
    if (ranks()) names.insert(names.end(), {"auroc", "average_precision"});
    return names;
  }
  std::vector<std::string> of_each() const override {
    if (breadth_ == Breadth::brief) return {};
    return {"precision", "recall", "f1"};
  }
  std::size_t outputs() const override { return samples_.width; }

  void values(SampleWeights weights, std::span<double> figures) const override {
    double count = 0, loss = 0, right = 0, in_top = 0;
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      const double weight = weights[i];
      count += weight;
      loss += weight * samples_.losses[i];
      right += right_[i] ? weight : 0;
      in_top += in_top_[i] ? weight : 0;
    }
    auto out = figures.begin();
    for (const double sum : {loss, right, in_top}) *out++ = sum / count;
    if (breadth_ == Breadth::brief) return;
    std::vector<double> recalls, f1s, each;
    for (const Found& found : found_classes(samples_.labels, predicted_, outputs(), weights)) {
      recalls.push_back(found.recall());
      f1s.push_back(found.f1());
      each.insert(each.end(), {found.precision(), found.recall(), found.f1()});
    }
    *out++ = mean_of_defined(recalls);
    *out++ = mean_of_defined(f1s);
    *out++ = events_->calibration(weights).expected_error;
    if (ranks()) {
      const std::optional<Ranking> ranking = sorted_->ranking(weights);
      const double none = std::numeric_limits<double>::quiet_NaN();
      *out++ = ranking ? ranking->roc_area : none;
      *out++ = ranking ? ranking->average_precision : none;
    }
    std::ranges::copy(each, out);
  }

 private:
  bool ranks() const { return breadth_ == Breadth::full && samples_.width == 2; }
  void sort_scores() {
    std::vector<float> scores;
    Flags second(samples_.size());
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      const auto logits = samples_.outputs_of(i);
      scores.push_back(logits[1] - logits[0]);
      second[i] = samples_.labels[i] == 1;
    }
    sorted_.emplace(scores, second);
  }

  const ScoredSamples& samples_;
  Breadth breadth_;
  std::vector<std::int64_t> predicted_;
  Flags right_, in_top_;
  std::optional<StatedEvents> events_;
  std::optional<SortedScores> sorted_;
};

}  // namespace

std::unique_ptr<Figures> class_figures(const ScoredSamples& samples, const Decisions& decisions,
                                       Breadth breadth) {
  return std::make_unique<ClassFigures>(samples, decisions, breadth);
}

}  // namespace lockstep
