#include "launcher/page/html_table.h"

#include <cmath>

#include <gmock/gmock.h>

namespace lockstep {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(HtmlTable, EscapesNamesAndCells) {
  const std::string html = table_html({.columns = {{"<b>"}}, .rows = {{{"<script>x</script>"}}}});
  EXPECT_THAT(html, AllOf(HasSubstr(">&lt;b&gt;</th>"),
                          HasSubstr("<td>&lt;script&gt;x&lt;/script&gt;</td>"),
                          Not(HasSubstr("sortable")), Not(HasSubstr("filter"))));
}

TEST(HtmlTable, HasTheValuesToSortBy) {
  const std::string html =
      table_html({.id = "runs",
                  .columns = {{"accuracy", true}, {"lr"}},
                  .rows = {{{"90 %", 0.9}, {"0.1", {}, true}}, {{"nan", std::nan("")}, {"0.2"}}}});
  EXPECT_THAT(html, AllOf(HasSubstr("<table class=\"sortable\" id=\"runs\">"),
                          HasSubstr("<td class=\"number\" data-value=\"0.9\">90 %</td>"),
                          HasSubstr("<td class=\"mark\">0.1</td>"),
                          HasSubstr("<td class=\"number\" data-value=\"\">nan</td>")));
}

TEST(HtmlTable, OfManyRowsHasAFilter) {
  HtmlTable table{.id = "runs", .columns = {{"run"}}};
  table.rows.resize(10, {{"a"}});
  EXPECT_THAT(table_html(table), AllOf(HasSubstr("data-table=\"runs\""), Not(HasSubstr("tall"))));
  table.rows.resize(100, {{std::string(50, 'a')}});
  EXPECT_THAT(table_html(table), AllOf(HasSubstr("tall"), HasSubstr("min-width:32ch")));
}

}  // namespace
}  // namespace lockstep
