#include "launcher/evaluation/pictures_page.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "analysis/examples.h"
#include "launcher/page/confusion_table.h"
#include "launcher/page/escape.h"
#include "launcher/page/facts.h"
#include "launcher/page/page.h"
#include "launcher/page/scatter.h"

namespace lockstep {
namespace {

/// More dots hide each other.
constexpr std::size_t kDots = 2000;
/// How many of several numbers have a scatter.
constexpr std::size_t kScatters = 6;

constexpr const char* kSaliencyNote =
    "Beside each image is what the network is fed of it, in grey, and in colour, from yellow to "
    "red, where that speaks for the answer (Grad-CAM). It is as coarse as the network's last "
    "feature map.";

std::string scatters_html(const TaskSpec& task, const ScoredSamples& samples) {
  const std::vector<std::size_t> drawn = choose_number_examples(samples, {.each = kDots}).drawn;
  std::string html;
  for (std::size_t k = 0; k < std::min(samples.width, kScatters); ++k) {
    Scatter scatter;
    scatter.title = task.names[k];
    for (const std::size_t i : drawn) {
      scatter.points.emplace_back(samples.targets_of(i)[k], samples.outputs_of(i)[k]);
    }
    html += scatter_html(scatter);
  }
  return html;
}

std::string galleries_html(const std::vector<Gallery>& galleries) {
  std::string html;
  for (const Gallery& gallery : galleries) html += gallery_html(gallery);
  return html;
}

}  // namespace

std::string pictures_page(const PicturesPage& content) {
  std::string body = facts_html(content.facts);
  if (content.report.confusion) {
    body += "<h2>Confusion matrix</h2>\n" +
            confusion_html(*content.report.confusion, content.report.task.names);
  }
  if (content.report.task.kind == TaskKind::regression) {
    body += "<h2>Predicted against true</h2>\n<div class=\"scatters\">\n" +
            scatters_html(content.report.task, content.samples) + "</div>\n";
  }
  body += "<h2>Images</h2>\n";
  if (content.has_saliency) body += fmt::format("<p class=\"quiet\">{}</p>\n", kSaliencyNote);
  body += galleries_html(content.examples);
  if (!content.against.empty()) {
    body += fmt::format("<h2>Two models</h2>\n<p class=\"quiet\">The second is {}.{}</p>\n",
                        escaped(content.against),
                        content.has_saliency ? " The colours are those of the first." : "");
    body += galleries_html(content.changed);
  }
  return page(content.title, body, kPicturesMaker);
}

}  // namespace lockstep
