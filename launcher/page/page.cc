#include "launcher/page/page.h"

#include <fmt/format.h>

#include "launcher/page/escape.h"
#include "launcher/page/page_files.h"

namespace lockstep {

namespace {

std::string maker_tag(std::string_view maker) {
  return fmt::format(R"(<meta name="generator" content="{}">)", escaped(maker));
}

}  // namespace

std::string page(std::string_view title, std::string_view body, std::string_view maker) {
  // The policy lets nothing in from elsewhere, even if something of it were in the text.
  return fmt::format(R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
{4}
<link rel="icon" href="data:,">
<title>{0}</title>
<style>
{1}</style>
</head>
<body>
<main>
<h1>{0}</h1>
{2}</main>
<script>
{3}</script>
</body>
</html>
)",
                     escaped(title), kPageCss, body, kPageJs, maker_tag(maker));
}

bool is_page_of(std::string_view html, std::string_view maker) {
  const std::string_view head = html.substr(0, html.find("<title>"));  // nothing from outside yet
  return html.starts_with("<!doctype html>") && head.find(maker_tag(maker)) != head.npos;
}

}  // namespace lockstep
