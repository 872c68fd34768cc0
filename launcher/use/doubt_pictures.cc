#include "launcher/use/doubt_pictures.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "core/storage/new_file.h"
#include "core/storage/staging.h"
#include "launcher/evaluation/answer_text.h"
#include "launcher/page/facts.h"
#include "launcher/page/page.h"
#include "launcher/pictures/sample_pictures.h"

namespace lockstep {
namespace {

/// More make a page that is slow to open.
constexpr std::size_t kMost = 100;

std::string note_of(std::size_t shown, std::size_t all) {
  if (all == 0) return "The model doubts none of the labels.";
  const std::string order =
      "Those come first of whose other class the model is surest. What is rare looks wrong too.";
  if (shown == all) return order;
  return fmt::format("{} {} are here, and {} more in the table.", order, shown, all - shown);
}

}  // namespace

Gallery doubts_gallery(const DoubtPictures& content, std::size_t most) {
  const auto shown = content.doubts.first(std::min(most, content.doubts.size()));
  Gallery gallery{.title = fmt::format("{} label{} to look at", content.doubts.size(),
                                       content.doubts.size() == 1 ? "" : "s"),
                  .note = note_of(shown.size(), content.doubts.size()),
                  .items = {}};
  for (const LabelDoubt& doubt : shown) {
    gallery.items.push_back(
        {.pictures = {},
         .caption = {{"label", content.classes[doubt.given],
                      probability_text(doubt.given_probability)},
                     {"said", content.classes[doubt.label], probability_text(doubt.probability)}},
         .source = content.paths[doubt.sample]});
  }
  return gallery;
}

void write_doubt_pictures(const std::filesystem::path& file, const DoubtPictures& content,
                          const Dataset& dataset, int channels) {
  Gallery gallery = doubts_gallery(content, kMost);
  std::set<std::size_t> ids;
  for (std::size_t i = 0; i < gallery.items.size(); ++i) ids.insert(content.doubts[i].sample);
  const SamplePictures pictures = draw_samples(ids, dataset, channels);
  for (std::size_t i = 0; i < gallery.items.size(); ++i) {
    gallery.items[i].pictures = pictures.at(content.doubts[i].sample);
  }
  const std::string html =
      page("Labels that are probably wrong", facts_html(content.facts) + gallery_html(gallery),
           "lockstep relabel --pictures");
  write_beside(file, [&](const std::filesystem::path& path) { write_file(path, html); });
}

}  // namespace lockstep
