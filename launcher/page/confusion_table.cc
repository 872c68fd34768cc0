#include "launcher/page/confusion_table.h"

#include <array>
#include <vector>

#include <fmt/format.h>

#include "launcher/page/escape.h"

namespace lockstep {
namespace {

/// A colour: class "mN" of pictures.css for mistakes, "rN" for right answers.
struct Shade {
  double least;  ///< part of the row
  const char* text;
};
constexpr std::array<Shade, 5> kShades = {{{0, "below 1 %"},
                                           {0.01, "from 1 %"},
                                           {0.03, "from 3 %"},
                                           {0.1, "from 10 %"},
                                           {0.3, "from 30 %"}}};

/// More classes are written smaller.
constexpr std::size_t kMany = 20;

std::size_t shade_of(double part) {
  std::size_t shade = 0;
  while (shade + 1 < kShades.size() && part >= kShades[shade + 1].least) ++shade;
  return shade;
}

std::int64_t row_sum(const Confusion& confusion, std::size_t truth) {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < confusion.classes; ++k) sum += confusion.of(truth, k);
  return sum;
}

std::string cell_html(const Confusion& confusion, std::span<const std::string> names,
                      std::size_t truth, std::size_t said, std::int64_t of_truth) {
  const std::int64_t count = confusion.of(truth, said);
  const bool is_right = truth == said;
  if (count == 0) return is_right ? "<td class=\"diagonal\">0</td>" : "<td></td>";
  const double part = static_cast<double>(count) / static_cast<double>(of_truth);
  return fmt::format("<td class=\"{}{}\" title=\"{} of {} ({:.1f} %) of {} said to be {}\">{}</td>",
                     is_right ? "r" : "m", shade_of(part), count, of_truth, 100 * part,
                     escaped(names[truth]), escaped(names[said]), count);
}

std::string legend_html() {
  std::string html = "<p class=\"legend\"><span>part of the row:</span> ";
  for (std::size_t shade = 0; shade < kShades.size(); ++shade) {
    html += fmt::format("<span><i class=\"r{0}\"></i><i class=\"m{0}\"></i> {1}</span> ", shade,
                        kShades[shade].text);
  }
  return html +
         "<span><i class=\"r4\"></i> right</span> <span><i class=\"m4\"></i> mistaken</span></p>\n";
}

std::string head_html(std::span<const std::string> names, const std::vector<std::size_t>& shown) {
  std::string html = fmt::format(
      "<thead><tr><td colspan=\"2\"></td><th class=\"axis\" colspan=\"{}\" scope=\"colgroup\">"
      "said by the model</th><td></td></tr>\n<tr><td colspan=\"2\"></td>",
      shown.size());
  for (const std::size_t said : shown) {
    html +=
        fmt::format("<th class=\"said\" scope=\"col\"><span>{}</span></th>", escaped(names[said]));
  }
  return html + "<th class=\"said sum\" scope=\"col\"><span>all</span></th></tr></thead>\n";
}

}  // namespace

std::string confusion_html(const Confusion& confusion, std::span<const std::string> names,
                           std::size_t most) {
  const std::vector<std::size_t> shown = most_confused_classes(confusion, most);
  std::string html = shown.size() > kMany ? "<figure class=\"confusion many\">\n"
                                          : "<figure class=\"confusion\">\n";
  if (shown.size() < confusion.classes) {
    html += fmt::format(
        "<p class=\"quiet\">{} of {} classes: those of the most confused pairs. "
        "\"all\" counts the others too.</p>\n",
        shown.size(), confusion.classes);
  }
  html += "<div class=\"wide\"><table>\n" + head_html(names, shown) + "<tbody>\n";
  for (const std::size_t truth : shown) {
    const std::int64_t sum = row_sum(confusion, truth);
    html += "<tr>";
    if (truth == shown.front()) {
      html += fmt::format(
          "<th class=\"axis\" rowspan=\"{}\" scope=\"rowgroup\"><span>truth</span>"
          "</th>",
          shown.size());
    }
    html += fmt::format("<th class=\"truth\" scope=\"row\"><span>{}</span></th>",
                        escaped(names[truth]));
    for (const std::size_t said : shown) html += cell_html(confusion, names, truth, said, sum);
    html += fmt::format("<td class=\"sum\">{}</td></tr>\n", sum);
  }
  return html + "</tbody></table></div>\n" + legend_html() + "</figure>\n";
}

}  // namespace lockstep
