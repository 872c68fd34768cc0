#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace lockstep {

/// An encoded picture.
struct PagePicture {
  std::string mime;  ///< "image/jpeg"
  std::vector<std::byte> bytes;
  int height = 0;  ///< in pixels
  int width = 0;
  std::string text;  ///< what it shows, where it cannot be seen
};

/// A line below a picture: "truth", "cat", "12 %". Texts are escaped where they become HTML.
struct CaptionLine {
  std::string name;
  std::string text;       ///< may be of any script: it does not turn what is around it
  std::string note = {};  ///< behind the text, in brackets; may be empty
};

struct GalleryItem {
  enum class Mark { none, right, wrong };

  std::vector<PagePicture> pictures;  ///< beside each other, such as an image and its saliency
  std::vector<CaptionLine> caption;
  std::string source;  ///< where it is from; may be empty
  Mark mark = Mark::none;
};

struct Gallery {
  std::string title;
  std::string note;  ///< below the title; may be empty
  std::vector<GalleryItem> items;
};

/// The gallery as HTML for page(), from a heading of the third level on: pictures in their true
/// aspect, about as large as each other, with their captions below.
std::string gallery_html(const Gallery& gallery);

}  // namespace lockstep
