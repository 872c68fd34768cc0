#include <string>

#include "launcher/config/config_yaml.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string override(FuzzInput(data, size).rest_text());
  parse_input([&] {
    const Config config = parse_config("data: {pack: x}", "x.yaml", std::span(&override, 1));
    (void)to_yaml(config);
  });
  return 0;
}
