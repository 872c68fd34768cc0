#include "core/json_parse.h"
#include "tests/fuzz/fuzz_input.h"
#include "trainer/training_state.h"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  parse_input([&] {
    const auto json =
        parse_json<nlohmann::json>(FuzzInput(data, size).rest_text(), ExitCode::storage);
    const TrainingState state = training_state_from_json(json);
    (void)to_json(state);
  });
  return 0;
}
