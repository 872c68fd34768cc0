#include "launcher/config/config_yaml.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  parse_input([&] {
    const Config config = parse_config(FuzzInput(data, size).rest_text(), "x.yaml", {});
    // What was taken can be written and taken again.
    expect(to_yaml(parse_config(to_yaml(config), "again", {})) == to_yaml(config),
           "a config that was taken is the same, written and read");
  });
  return 0;
}
