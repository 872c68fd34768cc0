#include "core/csv.h"

namespace lockstep {

void append_csv_field(std::string& line, std::string_view field, char separator) {
  const char special[] = {separator, '"', '\r', '\n'};
  if (field.find_first_of({special, sizeof special}) == std::string_view::npos) {
    line += field;
    return;
  }
  line += '"';
  for (const char c : field) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

void append_csv_line(std::string& text, std::span<const std::string> fields, char separator,
                     std::string_view line_end) {
  for (const std::string& field : fields) {
    if (&field != fields.data()) text += separator;
    append_csv_field(text, field, separator);
  }
  text += line_end;
}

}  // namespace lockstep
