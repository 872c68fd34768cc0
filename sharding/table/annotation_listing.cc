#include "sharding/table/annotation_listing.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/ranges.h>

#include "core/error.h"
#include "sharding/source/image_name.h"
#include "sharding/source/label_name.h"
#include "sharding/table/annotation_json.h"
#include "sharding/table/label_cells.h"
#include "sharding/table/row_files.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// "a.jpg" of "http://host/x/a.jpg?s=1"
std::string end_of_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  return std::string(url.substr(url.rfind('/') + 1));
}

class AnnotationLister {
 public:
  AnnotationLister(const SourceOptions& options, const FileTree& tree, const fs::path& file,
                   std::string_view text)
      : options_(options),
        tree_(tree),
        folder_(file.stem()),
        annotations_(parse_annotations(text)),
        cells_(options, {"annotations"}, LabelCells::Flags::names) {}

  SourceListing list() {
    const std::vector<Annotations::Image>& images = annotations_.images;
    check(!images.empty(), ExitCode::data, "it has no \"images\", or an empty list of them");
    check(options_.unlabelled || annotations_.has_labels, ExitCode::data,
          "it has no \"annotations\"; images without labels are packed with --unlabelled");
    check(options_.task != LabelTask::regression, ExitCode::usage,
          "--task regression: annotations have classes, or flags");
    collect_labels();
    listing_.label = cells_.type();
    for (std::size_t i = 0; i < images.size(); ++i) add_image(images[i], i);
    find_files();
    cells_.finish(listing_);
    if (listing_.label.kind == LabelKind::uint8 && listing_.label_names.empty()) {
      fail(ExitCode::data, "no image that is there has a label");
    }
    listing_.options["source"] = "annotations";
    return std::move(listing_);
  }

 private:
  /// The names of each image's labels, in bytewise order.
  void collect_labels() {
    for (std::size_t i = 0; i < annotations_.images.size(); ++i) {
      const std::string& id = annotations_.images[i].id;
      check(!id.empty(), ExitCode::data, "images[{}] has no \"image_id\" or \"id\"", i);
      check(labels_.emplace(id, std::vector<std::string>()).second, ExitCode::data,
            "two images have the id '{}'", id);
    }
    std::size_t strays = 0;
    for (const Annotations::Label& label : annotations_.labels) {
      const auto image = labels_.find(label.image);
      strays += image == labels_.end();
      if (image == labels_.end()) continue;
      for (const std::string& number : label.names) {
        const auto category = annotations_.categories.find(number);
        image->second.push_back(
            clean_name(category == annotations_.categories.end() ? number : category->second));
      }
    }
    for (auto& [id, names] : labels_) {
      std::ranges::sort(names);
      names.erase(std::unique(names.begin(), names.end()), names.end());
    }
    if (strays == 0) return;
    listing_.notes.push_back(
        fmt::format("{} annotations are of images that it does not list", strays));
  }

  void add_fault(FaultKind kind, const SourceRecord& record, std::string_view detail) {
    std::string text = fmt::format("images[{}]", record.row);
    if (!detail.empty()) text += fmt::format(": {}", detail);
    listing_.faults.push_back(listing_.fault(kind, record, std::move(text)));
  }

  void add_image(const Annotations::Image& image, std::size_t number) {
    SourceRecord record{.path = image.file.empty() ? image.id : image.file,
                        .row = number,
                        .split = options_.unlabelled ? SourceSplit::test : SourceSplit::unset,
                        .targets = {}};
    if (options_.unlabelled) {
      listing_.records.push_back(std::move(record));
      return;
    }
    const std::vector<std::string>& names = labels_.at(image.id);
    if (options_.task == LabelTask::multilabel) {
      for (const std::string& name : names) cells_.add_name(name, record);
    } else if (names.size() > 1) {
      return add_fault(FaultKind::conflicting_rows, record,
                       fmt::format("it has the labels {}; --task multi_label makes flags of them",
                                   fmt::join(names, ", ")));
    } else if (!names.empty()) {
      record.label = listing_.labels.add(names[0]);
    }
    listing_.records.push_back(std::move(record));
  }

  void find_files() {
    // Where nothing is called by the ids, it is called as it was on the web.
    std::vector<SourceRecord> by_id;
    const bool has_urls = std::ranges::all_of(annotations_.images, [](const auto& image) {
      return image.file.empty() && !image.url.empty();
    });
    if (has_urls) by_id = listing_.records;
    const std::size_t faults = listing_.faults.size();
    find();
    if (!has_urls || !listing_.records.empty()) return;
    std::vector<SourceFault> missing(listing_.faults.begin() + static_cast<std::ptrdiff_t>(faults),
                                     listing_.faults.end());
    listing_.faults.resize(faults);
    listing_.records = std::move(by_id);
    for (SourceRecord& record : listing_.records) {
      record.path = end_of_url(annotations_.images[record.row].url);
    }
    find();
    if (!listing_.records.empty()) return;
    listing_.faults.resize(faults);
    std::ranges::move(missing, std::back_inserter(listing_.faults));
  }

  void find() {
    find_row_files(options_, tree_, folder_, EndingOf::any, listing_,
                   [&](FaultKind kind, const SourceRecord& record, std::string_view detail) {
                     add_fault(kind, record, detail);
                   });
  }

  const SourceOptions& options_;
  const FileTree& tree_;
  std::string folder_;  ///< called like the file
  Annotations annotations_;
  LabelCells cells_;
  std::unordered_map<std::string, std::vector<std::string>> labels_;  ///< by the image's id
  SourceListing listing_;
};

}  // namespace

bool is_annotations(const fs::path& path) { return lower_extension(path) == ".json"; }

SourceListing list_annotations(const SourceOptions& options, const FileTree& tree,
                               const fs::path& file, std::string_view text) {
  try {
    return AnnotationLister(options, tree, file, text).list();
  } catch (const Error& error) {
    fail(error.code(), "the annotations '{}': {}", file.string(), error.what());
  }
}

}  // namespace lockstep
