#include "launcher/answers/table_form.h"

#include "sharding/source/image_name.h"

namespace lockstep {

std::string id_of(std::string_view path, IdForm form) {
  const std::filesystem::path whole(path);
  switch (form) {
    case IdForm::path:
      break;
    case IdForm::name:
      return whole.filename().string();
    case IdForm::stem:
      return whole.stem().string();
  }
  return std::string(path);
}

TableFormat TableForm::format_of(const std::filesystem::path& out) const {
  const std::string ending = lower_extension(out);
  const bool is_json = ending == ".jsonl" || ending == ".ndjson";
  return format.value_or(is_json ? TableFormat::jsonl : TableFormat::csv);
}

}  // namespace lockstep
