#include "launcher/page/page.h"

#include <gmock/gmock.h>

#include "launcher/page/data_uri.h"
#include "launcher/page/escape.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Escaped, MakesNoTagAndNoAttribute) {
  EXPECT_EQ(escaped("<script>alert('a' & \"b\")</script>"),
            "&lt;script&gt;alert(&#39;a&#39; &amp; &quot;b&quot;)&lt;/script&gt;");
}

TEST(Escaped, ShowsWhatIsHidden) {
  EXPECT_EQ(escaped("a\nb\x1b[0m\xe2\x80\xae\xff"), "a\\nb\\u001b[0m\\u202e\\xff");
  EXPECT_EQ(escaped_lines("a\n<b>\x1b"), "a\n&lt;b&gt;\\u001b");
}

TEST(DataUri, IsBase64AsInRfc4648) {
  const auto encoded = [](std::string_view text) {
    return data_uri("image/png", std::as_bytes(std::span(text)));
  };
  const std::string head = "data:image/png;base64,";
  EXPECT_EQ(encoded(""), head);
  EXPECT_EQ(encoded("f"), head + "Zg==");
  EXPECT_EQ(encoded("fo"), head + "Zm8=");
  EXPECT_EQ(encoded("foo"), head + "Zm9v");
  EXPECT_EQ(encoded("foob"), head + "Zm9vYg==");
  EXPECT_EQ(encoded("\xff\xfe\xfd"), head + "//79");
}

TEST(Page, IsOneDocumentThatEscapesItsTitle) {
  const std::string html = page("<script>", "<p>body</p>", "a <maker>");
  EXPECT_TRUE(is_page_of(html, "a <maker>"));
  EXPECT_FALSE(is_page_of(html, "a"));
  EXPECT_THAT(html, HasSubstr("<title>&lt;script&gt;</title>"));
  EXPECT_THAT(html, HasSubstr("<h1>&lt;script&gt;</h1>\n<p>body</p>"));
  EXPECT_THAT(html, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(html, HasSubstr("table.sortable"));
  EXPECT_THAT(html, Not(HasSubstr("http://")));
  EXPECT_THAT(html, Not(HasSubstr("https://")));
}

}  // namespace
}  // namespace lockstep
