#include "sharding/source/label_regex.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

/// The pattern, a line end, what it is tried on.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = FuzzInput(data, size).rest_text();
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return 0;
  parse_input([&] {
    const LabelRegex regex(std::string(text.substr(0, end)), "--label-regex");
    (void)regex.find(text.substr(end + 1));
  });
  return 0;
}
