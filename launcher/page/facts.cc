#include "launcher/page/facts.h"

#include <fmt/format.h>

#include "launcher/page/escape.h"

namespace lockstep {

std::string facts_html(std::span<const CaptionLine> facts) {
  std::string html = "<table>\n";
  for (const CaptionLine& fact : facts) {
    html += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escaped(fact.name),
                        escaped(fact.text));
  }
  return html + "</table>\n";
}

}  // namespace lockstep
