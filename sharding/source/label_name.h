#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

/// `text` without the white space around it, also that of Unicode: the no-break space, the byte
/// order mark and the like.
std::string_view trimmed(std::string_view text);

/// The one form of a name of a class, a group or a column: trimmed, and in Unicode's normal form C,
/// so that an é of one code point and one of two are the same. What is not UTF-8 is only trimmed.
std::string clean_name(std::string_view text);

bool is_utf8(std::string_view text);

/// `text` without differences of case, for comparison: "Straße" and "STRASSE" are one.
std::string without_case(std::string_view text);

/// True for what stands for no value in a table: nothing, or one of the texts that pandas takes for
/// that, in this case alone ("NA", "NaN", "None", "null" …): a class may be called "none".
bool is_missing_value(std::string_view trimmed_text);

}  // namespace lockstep
