#pragma once

#include <string>
#include <string_view>

namespace lockstep {

/// `text` from outside (a name of a file, class or column, a value of a config, a library's
/// message) as it may stand in a message, a table or a log: on one line, and without power over a
/// terminal. What else is in it is written as in JSON: "\n", "\u001b", "\u202e" (which turns the
/// direction of text); bytes that are not UTF-8 as "\xff". Backslashes stay, so a text that was
/// made printable before does not change. fail() and check() do it to all that they are given.
std::string printable(std::string_view text);

/// The same for text of ours in several lines: newlines and tabs stay.
std::string printable_lines(std::string_view text);

}  // namespace lockstep
