#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "core/json_parse.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

namespace {

/// Reads every field in every way: one that is of another type is an Error.
template <typename Json>
void read_fields(const JsonFields<Json>& fields, int levels) {
  for (const std::string& key : fields.keys()) {
    parse_input([&] { (void)fields.text(key); });
    parse_input([&] { (void)fields.texts(key); });
    parse_input([&] { (void)fields.number(key, {.min = -1, .max = 1}); });
    parse_input([&] { (void)fields.numbers(key); });
    parse_input([&] { (void)fields.integers(key, 0, 9); });
    parse_input([&] { (void)fields.template integer<std::int64_t>(key); });
    parse_input([&] { (void)fields.template integer<std::uint32_t>(key, 1); });
    if (levels == 0) continue;
    parse_input([&] { read_fields(fields.object(key), levels - 1); });
    parse_input([&] {
      for (const auto& item : fields.objects(key)) read_fields(item, levels - 1);
    });
  }
}

template <typename Json>
void read(std::string_view text) {
  parse_input([&] {
    const Json json = parse_json<Json>(text, ExitCode::data);
    read_fields(JsonFields<Json>(json, ExitCode::data), 3);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = FuzzInput(data, size).rest_text();
  read<nlohmann::json>(text);
  read<nlohmann::ordered_json>(text);
  return 0;
}
