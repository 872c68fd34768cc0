#include "launcher/page/gallery.h"

#include <algorithm>

#include <fmt/format.h>

#include "launcher/page/data_uri.h"
#include "launcher/page/escape.h"

namespace lockstep {
namespace {

/// The longer side of a picture on the page, in CSS's pixels.
constexpr int kSide = 144;
/// Below it, single pixels are shown as squares.
constexpr int kSmall = 72;

/// What surrounds pictures in an item, and what is between them: as pictures.css has it.
constexpr int kPadding = 8, kGap = 6;

/// How long a side of the picture is on the page.
int shown(const PagePicture& picture, int side) {
  const int longest = std::max({picture.height, picture.width, 1});
  return std::max(1, (side * kSide + longest / 2) / longest);
}

std::string picture_html(const PagePicture& picture) {
  const int longest = std::max(picture.height, picture.width);
  return fmt::format("<img{} src=\"{}\" width=\"{}\" height=\"{}\" alt=\"{}\" title=\"{}\">",
                     longest < kSmall ? " class=\"small\"" : "",
                     data_uri(picture.mime, picture.bytes), shown(picture, picture.width),
                     shown(picture, picture.height), escaped(picture.text), escaped(picture.text));
}

const char* class_of(GalleryItem::Mark mark) {
  switch (mark) {
    case GalleryItem::Mark::right:
      return " class=\"right\"";
    case GalleryItem::Mark::wrong:
      return " class=\"wrong\"";
    case GalleryItem::Mark::none:
      break;
  }
  return "";
}

/// Folders whose names are written from right to left stay before what is in them.
std::string path_html(std::string_view path) {
  std::string html;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    html += fmt::format("{}<bdi>{}</bdi>", begin == 0 ? "" : "/",
                        escaped(path.substr(begin, end - begin)));
    begin = end + 1;
  }
  return html;
}

std::string item_html(const GalleryItem& item) {
  int width = 2 * kPadding - kGap;
  for (const PagePicture& picture : item.pictures) width += kGap + shown(picture, picture.width);
  std::string html = fmt::format("<figure{} style=\"width:{}px\"><div class=\"pictures\">",
                                 class_of(item.mark), std::max(width, kSide + 2 * kPadding));
  for (const PagePicture& picture : item.pictures) html += picture_html(picture);
  html += "</div><figcaption><dl>";
  for (const CaptionLine& line : item.caption) {
    html +=
        fmt::format("<dt>{}</dt><dd><bdi>{}</bdi>{}</dd>", escaped(line.name), escaped(line.text),
                    line.note.empty() ? "" : fmt::format(" ({})", escaped(line.note)));
  }
  html += "</dl>";
  if (!item.source.empty()) html += fmt::format("<small>{}</small>", path_html(item.source));
  return html + "</figcaption></figure>\n";
}

}  // namespace

std::string gallery_html(const Gallery& gallery) {
  std::string html =
      fmt::format("<section class=\"gallery\">\n<h3>{}</h3>\n", escaped(gallery.title));
  if (!gallery.note.empty()) {
    html += fmt::format("<p class=\"quiet\">{}</p>\n", escaped(gallery.note));
  }
  html += "<div class=\"items\">\n";
  for (const GalleryItem& item : gallery.items) html += item_html(item);
  return html + "</div>\n</section>\n";
}

}  // namespace lockstep
