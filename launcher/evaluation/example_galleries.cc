#include "launcher/evaluation/example_galleries.h"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "launcher/evaluation/answer_text.h"

namespace lockstep {
namespace {

/// How many of a sample's labels or numbers are named below its picture.
constexpr std::size_t kTold = 4;

std::string number_of_images(std::size_t count) {
  return fmt::format("{} image{}", count, count == 1 ? "" : "s");
}

std::string or_none(std::string text) { return text.empty() ? "none" : text; }

void add_classes(GalleryItem& item, const TaskSpec& task, const ScoredSamples& samples,
                 std::size_t i, const Decisions& decisions) {
  const auto truth = static_cast<std::size_t>(samples.labels[i]);
  const auto said = static_cast<std::size_t>(decisions.class_of(samples.outputs_of(i)));
  const std::vector<double> probabilities = class_probabilities(samples.outputs_of(i));
  item.caption.push_back({"truth", task.names[truth], probability_text(probabilities[truth])});
  if (truth == said) {
    item.caption.push_back({"said", "the same"});
  } else {
    item.caption.push_back({"said", task.names[said], probability_text(probabilities[said])});
  }
}

void add_labels(GalleryItem& item, const TaskSpec& task, const ScoredSamples& samples,
                std::size_t i, const Decisions& decisions) {
  item.caption.push_back({"truth", or_none(truth_of(task, samples, i))});
  std::size_t told = 0;
  for (std::size_t k = 0; k < samples.width; ++k) {
    const float logit = samples.outputs_of(i)[k];
    const bool is_said = decisions.has_label(logit, k);
    if (is_said == (samples.targets_of(i)[k] > 0.5f)) continue;
    if (++told > kTold) continue;
    item.caption.push_back({is_said ? "wrongly said" : "missed", task.names[k],
                            probability_text(label_probability(logit))});
  }
  if (told > kTold) item.caption.push_back({"", fmt::format("and {} more", told - kTold)});
  if (told == 0) item.caption.push_back({"said", "the same"});
}

void add_numbers(GalleryItem& item, const TaskSpec& task, const ScoredSamples& samples,
                 std::size_t i) {
  for (std::size_t k = 0; k < std::min(samples.width, kTold); ++k) {
    item.caption.push_back(
        {task.names[k],
         fmt::format("{:.6g}, said {:.6g}", samples.targets_of(i)[k], samples.outputs_of(i)[k])});
  }
  if (samples.width > kTold) {
    item.caption.push_back({"", fmt::format("and {} more", samples.width - kTold)});
  }
}

GalleryItem item_of(const ScoredSamples& samples, std::size_t i) {
  GalleryItem item;
  if (!samples.sources.empty()) item.source = samples.sources[i];
  return item;
}

GalleryItem example_item(const TaskSpec& task, const ScoredSamples& samples, std::size_t i,
                         const Decisions& decisions) {
  GalleryItem item = item_of(samples, i);
  switch (task.kind) {
    case TaskKind::classification:
      add_classes(item, task, samples, i, decisions);
      break;
    case TaskKind::multi_label:
      add_labels(item, task, samples, i, decisions);
      break;
    case TaskKind::regression:
      add_numbers(item, task, samples, i);
      break;
  }
  item.caption.push_back({"loss", fmt::format("{:.4g}", samples.losses[i])});
  if (task.kind != TaskKind::regression) {
    item.mark =
        is_right(samples, i, decisions) ? GalleryItem::Mark::right : GalleryItem::Mark::wrong;
  }
  return item;
}

GalleryItem changed_item(const TaskSpec& task, const ComparedSamples& samples, std::size_t i) {
  GalleryItem item = item_of(samples.first, i);
  const auto add = [&](const char* name, const ScoredSamples& model) {
    item.caption.push_back({name, or_none(said_of(task, model, i, samples.decisions))});
    if (task.kind != TaskKind::classification) return;
    item.caption.back().note =
        probability_text(stated_probability(model.outputs_of(i), samples.decisions));
  };
  item.caption.push_back({"truth", or_none(truth_of(task, samples.first, i))});
  add("first", samples.first);
  add("second", samples.second);
  return item;
}

PlannedGallery plan(std::string title, std::string note, std::span<const std::size_t> samples,
                    const std::function<GalleryItem(std::size_t)>& item_of_sample) {
  PlannedGallery planned{{std::move(title), std::move(note), {}}, {samples.begin(), samples.end()}};
  for (const std::size_t i : samples) planned.gallery.items.push_back(item_of_sample(i));
  return planned;
}

std::string pair_note(const PairExamples& pair) {
  const auto all = static_cast<std::size_t>(pair.pair.count);
  if (pair.samples.size() == all) return number_of_images(all);
  return fmt::format("{}; the {} of the largest losses are here.", number_of_images(all),
                     pair.samples.size());
}

std::string nearness_note(const TaskSpec& task) {
  return task.kind == TaskKind::classification && task.thresholds.empty()
             ? "The images whose two likeliest classes are nearest to each other."
             : "The images whose probabilities are nearest to where the answer changes.";
}

}  // namespace

std::vector<PlannedGallery> example_galleries(const TaskSpec& task, const ScoredSamples& samples,
                                              const Decisions& decisions,
                                              const ExampleOptions& options) {
  const bool is_number = task.kind == TaskKind::regression;
  const Examples examples = is_number ? choose_number_examples(samples, options)
                                      : choose_examples(samples, decisions, options);
  const auto item = [&](std::size_t i) { return example_item(task, samples, i, decisions); };
  std::vector<PlannedGallery> galleries;
  galleries.push_back(
      plan(is_number ? "Largest errors" : "Largest losses",
           fmt::format("Of {} those whose loss is largest.", number_of_images(samples.size())),
           examples.largest_losses, item));
  galleries.push_back(plan("Surest mistakes", "The wrong answers with the highest probability.",
                           examples.surest_mistakes, item));
  galleries.push_back(plan("Least certain", nearness_note(task), examples.least_certain, item));
  for (const PairExamples& pair : examples.pairs) {
    galleries.push_back(plan(fmt::format("{} said to be {}", task.names[pair.pair.truth],
                                         task.names[pair.pair.prediction]),
                             pair_note(pair), pair.samples, item));
  }
  galleries.push_back(is_number ? plan("Random images", "Drawn among all.", examples.drawn, item)
                                : plan("Random right answers", "Drawn among those that are right.",
                                       examples.drawn, item));
  std::erase_if(galleries, [](const PlannedGallery& one) { return one.samples.empty(); });
  return galleries;
}

std::vector<PlannedGallery> changed_galleries(const TaskSpec& task, const ComparedSamples& samples,
                                              const ComparisonReport& report, std::size_t most) {
  const auto item = [&](std::size_t i) { return changed_item(task, samples, i); };
  const auto first_of = [&](const std::vector<std::size_t>& all) {
    return std::span(all).first(std::min(all.size(), most));
  };
  if (task.kind == TaskKind::regression) {
    return {plan("Changed most", "The images whose error changes most.", first_of(report.changed),
                 item)};
  }
  const FlippedSamples flipped = flipped_samples(samples.first, samples.second, samples.decisions);
  const auto note = [&](const std::vector<std::size_t>& all, const char* which) {
    return fmt::format("{} that the {} model alone has right{}", number_of_images(all.size()),
                       which,
                       all.size() > most ? fmt::format("; the first {} are here.", most) : ".");
  };
  std::vector<PlannedGallery> galleries;
  galleries.push_back(plan("Fixed", note(flipped.fixed, "second"), first_of(flipped.fixed), item));
  galleries.push_back(
      plan("Broken", note(flipped.broken, "first"), first_of(flipped.broken), item));
  return galleries;
}

}  // namespace lockstep
