#include "launcher/evaluation/example_galleries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/figure_text.h"
#include "launcher/evaluation/pictures_page.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> titles_of(const std::vector<PlannedGallery>& galleries) {
  std::vector<std::string> titles;
  for (const PlannedGallery& one : galleries) titles.push_back(one.gallery.title);
  return titles;
}

/// "name: text" of each line.
std::vector<std::string> caption_of(const GalleryItem& item) {
  std::vector<std::string> lines;
  for (const CaptionLine& line : item.caption) {
    lines.push_back(line.name + ": " + line.text);
    if (!line.note.empty()) lines.back() += " (" + line.note + ")";
  }
  return lines;
}

TaskSpec task_of(TaskKind kind, std::vector<std::string> names) {
  TaskSpec task;
  task.kind = kind;
  task.names = std::move(names);
  return task;
}

TEST(MetricOfFigure, TellsInPercentWhatIsAFraction) {
  for (const char* name :
       {"loss", "accuracy", "top5_accuracy", "balanced_accuracy", "f1", "f1_macro", "exact_match",
        "map", "auroc", "average_precision", "calibration_error", "mae", "rmse", "r2"}) {
    EXPECT_EQ(metric_of_figure(name).format == Metric::Format::percent, is_fraction(name)) << name;
  }
}

TEST(ExampleGalleries, OfClassesTellTruthAnswerAndProbabilities) {
  const ScoredSamples samples{.numbers = {0, 1},
                              .sources = {"a.jpg", "b.jpg"},
                              .width = 2,
                              .outputs = {0, 9, 1, 0},
                              .labels = {0, 0},
                              .losses = {9, 0.3}};
  const TaskSpec task = task_of(TaskKind::classification, {"cat", "dog"});
  const std::vector<PlannedGallery> galleries = example_galleries(task, samples, {}, {});
  EXPECT_THAT(titles_of(galleries),
              ElementsAre("Largest losses", "Surest mistakes", "Least certain",
                          "cat said to be dog", "Random right answers"));
  EXPECT_THAT(galleries[1].samples, ElementsAre(0));
  const GalleryItem& wrong = galleries[1].gallery.items[0];
  EXPECT_THAT(caption_of(wrong),
              ElementsAre("truth: cat (below 0.1 %)", "said: dog (above 99.9 %)", "loss: 9"));
  EXPECT_EQ(wrong.source, "a.jpg");
  EXPECT_EQ(wrong.mark, GalleryItem::Mark::wrong);
  const GalleryItem& right = galleries[4].gallery.items[0];
  EXPECT_THAT(caption_of(right), ElementsAre("truth: cat (73.1 %)", "said: the same", "loss: 0.3"));
  EXPECT_EQ(right.mark, GalleryItem::Mark::right);
}

TEST(ExampleGalleries, OfLabelsTellWhatIsMissedAndWronglySaid) {
  const ScoredSamples samples{
      .numbers = {0}, .width = 3, .outputs = {2, -2, 2}, .targets = {0, 1, 1}, .losses = {1.5}};
  const TaskSpec task = task_of(TaskKind::multi_label, {"sea", "sky", "sun"});
  const std::vector<PlannedGallery> galleries = example_galleries(task, samples, {}, {});
  EXPECT_THAT(caption_of(galleries[0].gallery.items[0]),
              ElementsAre("truth: sky|sun", "wrongly said: sea (88.1 %)", "missed: sky (11.9 %)",
                          "loss: 1.5"));
}

TEST(ExampleGalleries, OfNumbersTellErrorsAndHaveAScatter) {
  const ScoredSamples samples{.numbers = {0, 1},
                              .width = 1,
                              .outputs = {40, 55.5f},
                              .targets = {41, 30},
                              .losses = {0.1, 3}};
  const TaskSpec task = task_of(TaskKind::regression, {"<age>"});
  const std::vector<PlannedGallery> galleries = example_galleries(task, samples, {}, {});
  EXPECT_THAT(titles_of(galleries), ElementsAre("Largest errors", "Random images"));
  EXPECT_THAT(caption_of(galleries[0].gallery.items[0]),
              ElementsAre("<age>: 30, said 55.5", "loss: 3"));
  const EvaluationReport report = make_report(task, samples, {.bootstrap = {.resamples = 0}}, {});
  const std::string html = pictures_page({.title = "wrong",
                                          .facts = {{"loss", "1 & 2"}},
                                          .report = report,
                                          .samples = samples,
                                          .examples = {galleries[0].gallery},
                                          .against = {},
                                          .changed = {}});
  EXPECT_THAT(html, HasSubstr("Predicted against true"));
  EXPECT_THAT(html, HasSubstr("&lt;age&gt;"));
  EXPECT_THAT(html, HasSubstr("1 &amp; 2"));
  EXPECT_THAT(html, HasSubstr("2 images; on the line"));
}

TEST(ChangedGalleries, HaveTheFirstOfThoseThatFlipped) {
  const TaskSpec task = task_of(TaskKind::classification, {"cat", "dog"});
  const auto all = [](float of_dog) {
    ScoredSamples samples{.width = 2};
    for (std::uint64_t i = 0; i < 5; ++i) {
      samples.numbers.push_back(i);
      samples.outputs.insert(samples.outputs.end(), {0, of_dog});
      samples.labels.push_back(1);
      samples.losses.push_back(1);
    }
    return samples;
  };
  const ScoredSamples first = all(-1), second = all(1);
  const std::vector<PlannedGallery> galleries =
      changed_galleries(task, {first, second, Decisions{}}, {}, 3);
  ASSERT_THAT(titles_of(galleries), ElementsAre("Fixed", "Broken"));
  EXPECT_THAT(galleries[0].samples, ElementsAre(0, 1, 2));
  EXPECT_EQ(galleries[0].gallery.note,
            "5 images that the second model alone has right; the first 3 are here.");
  EXPECT_THAT(caption_of(galleries[0].gallery.items[0]),
              ElementsAre("truth: dog", "first: cat (73.1 %)", "second: dog (73.1 %)"));
  EXPECT_EQ(galleries[1].gallery.note, "0 images that the first model alone has right.");
}

}  // namespace
}  // namespace lockstep
