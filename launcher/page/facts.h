#pragma once

#include <span>
#include <string>

#include "launcher/page/gallery.h"

namespace lockstep {

/// What a page is about, as a table of names and texts for page().
std::string facts_html(std::span<const CaptionLine> facts);

}  // namespace lockstep
