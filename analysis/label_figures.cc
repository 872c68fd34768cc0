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

/// Of Task's F1: nothing to find and nothing found is a full score.
double full_f1(const Found& found) { return found.predicted + found.support > 0 ? found.f1() : 1; }

class LabelFigures final : public Figures {
 public:
  LabelFigures(const ScoredSamples& samples, const Decisions& decisions, Breadth breadth)
      : samples_(samples),
        breadth_(breadth),
        predicted_(samples.outputs.size()),
        actual_(samples.outputs.size()),
        exact_(samples.size()) {
    std::vector<double> stated;
    for (std::size_t at = 0; at < samples.outputs.size(); ++at) {
      predicted_[at] = decisions.has_label(samples.outputs[at], at % samples.width);
      actual_[at] = samples.targets[at] > 0.5f;
      if (breadth == Breadth::full) stated.push_back(label_probability(samples.outputs[at]));
    }
    for (std::size_t i = 0; i < samples.size(); ++i) exact_[i] = is_right(samples, i, decisions);
    if (breadth == Breadth::brief) return;
    events_.emplace(stated, actual_, samples.width);
    for (std::size_t k = 0; k < samples.width; ++k) sort_scores(k);
  }

  std::vector<std::string> of_all() const override {
    std::vector<std::string> names = {"loss", "f1", "f1_macro", "exact_match"};
    if (breadth_ == Breadth::full) names.insert(names.end(), {"map", "auroc", "calibration_error"});
    return names;
  }
  std::vector<std::string> of_each() const override {
    if (breadth_ == Breadth::brief) return {};
    return {"precision", "recall", "f1", "auroc", "average_precision"};
  }
  std::size_t outputs() const override { return samples_.width; }

  void values(SampleWeights weights, std::span<double> figures) const override {
    double count = 0, loss = 0, exact = 0;
    Found all;
    std::vector<Found> labels(samples_.width);
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      const double weight = weights[i];
      count += weight;
      loss += weight * samples_.losses[i];
      exact += exact_[i] ? weight : 0;
      for (std::size_t k = 0; k < samples_.width; ++k) add(i, k, weight, labels[k]);
    }
    std::vector<double> f1s;
    for (const Found& label : labels) {
      all.right += label.right;
      all.predicted += label.predicted;
      all.support += label.support;
      f1s.push_back(full_f1(label));
    }
    auto out = figures.begin();
    for (const double value : {loss / count, full_f1(all), mean_of_defined(f1s), exact / count}) {
      *out++ = value;
    }
    if (breadth_ == Breadth::full) add_rankings(weights, labels, out);
  }

 private:
  void add(std::size_t i, std::size_t k, double weight, Found& label) const {
    const std::size_t at = i * samples_.width + k;
    if (predicted_[at]) label.predicted += weight;
    if (actual_[at]) label.support += weight;
    if (predicted_[at] && actual_[at]) label.right += weight;
  }
  void add_rankings(SampleWeights weights, const std::vector<Found>& labels,
                    std::span<double>::iterator out) const {
    std::vector<double> precisions, areas, each;
    for (std::size_t k = 0; k < samples_.width; ++k) {
      const std::optional<Ranking> ranking = sorted_[k].ranking(weights);
      const double none = std::numeric_limits<double>::quiet_NaN();
      precisions.push_back(ranking ? ranking->average_precision : none);
      areas.push_back(ranking ? ranking->roc_area : none);
      each.insert(each.end(), {labels[k].precision(), labels[k].recall(), labels[k].f1(),
                               areas.back(), precisions.back()});
    }
    *out++ = mean_of_defined(precisions);
    *out++ = mean_of_defined(areas);
    *out++ = events_->calibration(weights).expected_error;
    std::ranges::copy(each, out);
  }
  void sort_scores(std::size_t k) {
    std::vector<float> scores;
    Flags positive(samples_.size());
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      scores.push_back(samples_.outputs_of(i)[k]);
      positive[i] = actual_[i * samples_.width + k];
    }
    sorted_.emplace_back(scores, positive);
  }

  const ScoredSamples& samples_;
  Breadth breadth_;
  Flags predicted_, actual_;  ///< [n, K]
  Flags exact_;
  std::optional<StatedEvents> events_;
  std::vector<SortedScores> sorted_;
};

}  // namespace

std::unique_ptr<Figures> label_figures(const ScoredSamples& samples, const Decisions& decisions,
                                       Breadth breadth) {
  return std::make_unique<LabelFigures>(samples, decisions, breadth);
}

}  // namespace lockstep
