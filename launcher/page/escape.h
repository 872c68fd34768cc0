#pragma once

#include <string>
#include <string_view>

namespace lockstep {

/// `text` from outside as it may stand in HTML, between tags or in a quoted attribute: it makes no
/// tag, and what is hidden in it is shown as by printable().
std::string escaped(std::string_view text);

/// The same for text in several lines: newlines and tabs stay.
std::string escaped_lines(std::string_view text);

}  // namespace lockstep
