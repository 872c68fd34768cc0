#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// What a JSON file says of images and their labels, as COCO and iMaterialist have it:
///
///     {"images": [{"image_id": 7, "url": ["http://…/a.jpg"]}, {"id": 8, "file_name": "b.jpg"}],
///      "annotations": [{"image_id": 7, "label_id": 5}, {"image_id": 8, "category_id": [1, 2]}],
///      "categories": [{"id": 5, "name": "chair"}]}
///
/// Numbers are texts here. What else there is in the file is skipped.
struct Annotations {
  struct Image {
    std::string id;
    std::string file;  ///< empty where only `url` is given
    std::string url;
  };
  struct Label {
    std::string image;
    std::vector<std::string> names;
  };

  std::vector<Image> images;
  std::vector<Label> labels;
  std::map<std::string, std::string> categories;
  bool has_labels = false;  ///< a list of annotations is there
};

/// Reads them in one pass, in memory for what comes out alone. Throws Error(data) that does not say
/// where the text came from.
Annotations parse_annotations(std::string_view text);

}  // namespace lockstep
