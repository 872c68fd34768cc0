#include <gmock/gmock.h>

#include "launcher/page/confusion_table.h"
#include "launcher/page/gallery.h"
#include "launcher/page/scatter.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

PagePicture picture_of(int height, int width) {
  return {.mime = "image/jpeg",
          .bytes = {std::byte{'f'}, std::byte{'o'}, std::byte{'o'}},
          .height = height,
          .width = width,
          .text = "the image"};
}

TEST(GalleryHtml, HasPicturesInTheirAspectAndEscapesEveryText) {
  const std::string html =
      gallery_html({.title = "A & B",
                    .note = "<note>",
                    .items = {{.pictures = {picture_of(300, 150), picture_of(20, 30)},
                               .caption = {{"truth", "<b>&\"猫", "5 & 6"}},
                               .source = "a/'b'.jpg",
                               .mark = GalleryItem::Mark::wrong},
                              {.pictures = {picture_of(1, 1)}, .caption = {}, .source = {}}}});
  EXPECT_THAT(html, HasSubstr("<h3>A &amp; B</h3>"));
  EXPECT_THAT(html, HasSubstr("&lt;note&gt;"));
  EXPECT_THAT(html,
              HasSubstr("<dt>truth</dt><dd><bdi>&lt;b&gt;&amp;&quot;猫</bdi> (5 &amp; 6)</dd>"));
  EXPECT_THAT(html, HasSubstr("<small><bdi>a</bdi>/<bdi>&#39;b&#39;.jpg</bdi></small>"));
  EXPECT_THAT(html, HasSubstr("data:image/jpeg;base64,Zm9v\" width=\"72\" height=\"144\""));
  EXPECT_THAT(html, HasSubstr("<img class=\"small\"")) << "of 20 x 30 pixels";
  EXPECT_THAT(html, HasSubstr("width=\"144\" height=\"96\""));
  EXPECT_THAT(html, HasSubstr("<figure class=\"wrong\" style=\"width:238px\">")) << "of both";
  EXPECT_EQ(count(html, "<figure"), 2u);
  EXPECT_EQ(count(html, "class=\"wrong\""), 1u);
}

TEST(ConfusionHtml, HasEveryCountWithAxesAndALegend) {
  const std::vector<std::string> names = {"<cat>", "dog"};
  const std::string html = confusion_html({2, {90, 10, 0, 7}}, names);
  EXPECT_THAT(html, HasSubstr("said by the model"));
  EXPECT_THAT(html, HasSubstr(">truth<"));
  EXPECT_THAT(html, HasSubstr("<th class=\"truth\" scope=\"row\"><span>&lt;cat&gt;</span></th>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"r4\" title=\"90 of 100 (90.0 %) of &lt;cat&gt; said to "
                              "be &lt;cat&gt;\">90</td>"));
  EXPECT_THAT(html, HasSubstr("<td class=\"m3\""));
  EXPECT_THAT(html, HasSubstr("<td class=\"sum\">100</td>"));
  EXPECT_THAT(html, HasSubstr("class=\"legend\""));
  EXPECT_THAT(html, Not(HasSubstr("<cat>")));
  EXPECT_THAT(html, Not(HasSubstr("most confused")));
}

TEST(ConfusionHtml, OfManyClassesHasTheMostConfusedAndSaysSo) {
  std::vector<std::string> names;
  Confusion confusion{100, std::vector<std::int64_t>(10000)};
  for (std::size_t i = 0; i < 100; ++i) {
    names.push_back("class " + std::to_string(i));
    confusion.counts[i * 101] = 5;
  }
  confusion.counts[97 * 100 + 3] = 2;
  const std::string html = confusion_html(confusion, names, 2);
  EXPECT_THAT(html, HasSubstr("2 of 100 classes"));
  EXPECT_EQ(count(html, "scope=\"row\""), 2u);
  EXPECT_THAT(html, HasSubstr(">class 97</span></th>"));
  EXPECT_THAT(html, HasSubstr("2 of 7 (28.6 %) of class 97 said to be class 3"));
}

TEST(ScatterHtml, HasOneScaleAndEveryFinitePoint) {
  const std::string html =
      scatter_html({.title = "<age>", .points = {{0, 0}, {100, 50}, {std::nan(""), 3}}});
  EXPECT_THAT(html, HasSubstr("&lt;age&gt;"));
  EXPECT_EQ(count(html, "h0"), 2u);
  EXPECT_THAT(html, HasSubstr(">prediction<"));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
  EXPECT_THAT(scatter_html({.title = "none", .points = {}}), Not(HasSubstr("inf")));
}

}  // namespace
}  // namespace lockstep
