#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analysis/bootstrap.h"
#include "analysis/sample_weights.h"
#include "analysis/scored_samples.h"

namespace lockstep {

/// Figures that follow from some samples, each counted by a weight: for intervals, and for the
/// differences of two models.
class Figures {
 public:
  virtual ~Figures() = default;
  /// What the figures of all outputs together are called: "accuracy".
  virtual std::vector<std::string> of_all() const = 0;
  /// What those of each class, label or number are called: "precision". Empty: there are none.
  virtual std::vector<std::string> of_each() const = 0;
  /// K.
  virtual std::size_t outputs() const = 0;
  /// Writes [of_all, K x of_each]; not a number where a figure is undefined.
  virtual void values(SampleWeights weights, std::span<double> figures) const = 0;

  std::size_t count() const { return of_all().size() + outputs() * of_each().size(); }
};

/// How many figures: all, or those that a group of samples is told by.
enum class Breadth { full, brief };

/// Of classes: loss, accuracy, top5_accuracy; in full balanced_accuracy (the mean recall),
/// f1_macro, calibration_error, of two classes auroc and average_precision of the second, and of
/// each class precision, recall, f1. `samples` must outlive it, here and below.
std::unique_ptr<Figures> class_figures(const ScoredSamples& samples, const Decisions& decisions,
                                       Breadth breadth);
/// Of labels: loss, f1, f1_macro, exact_match; in full map, auroc, calibration_error, and of each
/// label precision, recall, f1, auroc, average_precision.
std::unique_ptr<Figures> label_figures(const ScoredSamples& samples, const Decisions& decisions,
                                       Breadth breadth);
/// Of numbers: loss, and the means over numbers mae, rmse (the root of the mean), r2; in full of
/// each number mae, rmse, r2, bias.
std::unique_ptr<Figures> number_figures(const ScoredSamples& samples, Breadth breadth);

/// A figure's value, and where it lies.
struct MeasuredFigure {
  std::string name;
  double value = 0;
  Interval interval;  ///< not numbers where there are no resamples
};

struct MeasuredFigures {
  std::vector<MeasuredFigure> all;
  std::vector<std::vector<MeasuredFigure>> each;  ///< [K]; empty where there are none

  const MeasuredFigure* find(std::string_view name) const;
};

/// The figures of `samples` samples, with their intervals.
MeasuredFigures measure(const Figures& figures, std::size_t samples,
                        const BootstrapOptions& options);
/// The figures of `second` less those of `first`, of the same samples.
MeasuredFigures measure_difference(const Figures& first, const Figures& second, std::size_t samples,
                                   const BootstrapOptions& options);

}  // namespace lockstep
