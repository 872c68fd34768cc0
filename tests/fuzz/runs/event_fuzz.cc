#include <string>

#include "launcher/job/parent_protocol.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

/// A line that a rank writes; what it says of itself is shown to the user.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string line(1, '\x1e');
  line += FuzzInput(data, size).rest_text();
  if (const auto event = decode(line)) {
    const std::string again = encode(*event);
    expect(again.find('\n') == again.size() - 1, "an event is one line");
    if (const auto* failure = std::get_if<FailureEvent>(&*event)) (void)to_text(*failure);
  }
  return 0;
}
