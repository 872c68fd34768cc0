#include "launcher/page/html_table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "launcher/page/escape.h"

namespace lockstep {
namespace {

constexpr std::size_t kRowsToFilter = 6;
constexpr std::size_t kRowsToScroll = 20;

/// Texts break into lines, but not into many: names of runs are long.
std::string head_html(const HtmlTable& table, std::size_t column) {
  constexpr std::size_t kWidest = 32;
  const auto& [name, is_number] = table.columns[column];
  if (is_number) return fmt::format("<th class=\"number\">{}</th>", escaped(name));
  std::size_t longest = 0;
  for (const std::vector<HtmlCell>& row : table.rows) {
    longest = std::max(longest, row[column].text.size());
  }
  return fmt::format("<th style=\"min-width:{}ch\">{}</th>", std::min(longest, kWidest),
                     escaped(name));
}

std::string cell_html(const HtmlColumn& column, const HtmlCell& cell) {
  std::string classes = column.is_number ? "number" : "";
  if (cell.is_marked) classes += classes.empty() ? "mark" : " mark";
  std::string html = "<td";
  if (!classes.empty()) html += fmt::format(" class=\"{}\"", classes);
  if (column.is_number) {
    const bool is_known = cell.value && std::isfinite(*cell.value);
    html += fmt::format(" data-value=\"{}\"", is_known ? fmt::format("{}", *cell.value) : "");
  }
  return html + ">" + escaped(cell.text) + "</td>";
}

}  // namespace

std::string table_html(const HtmlTable& table) {
  const bool sorts = !table.id.empty();
  std::string html;
  if (sorts && table.rows.size() >= kRowsToFilter) {
    html += fmt::format(
        "<p class=\"screen\"><input class=\"filter\" type=\"search\" data-table=\"{}\" "
        "placeholder=\"Filter rows\" aria-label=\"Filter rows\"></p>\n",
        escaped(table.id));
  }
  html +=
      fmt::format("<div class=\"wide{}\"><table", table.rows.size() > kRowsToScroll ? " tall" : "");
  if (sorts) html += fmt::format(" class=\"sortable\" id=\"{}\"", escaped(table.id));
  html += ">\n<thead><tr>";
  for (std::size_t i = 0; i < table.columns.size(); ++i) html += head_html(table, i);
  html += "</tr></thead>\n<tbody>\n";
  for (const std::vector<HtmlCell>& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) html += cell_html(table.columns[i], row[i]);
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

}  // namespace lockstep
