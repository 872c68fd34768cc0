#include "launcher/rank/heartbeat_board.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

/// RUN/heartbeat of two ranks, which any program can write to.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  write_input(fuzz_folder() / "heartbeat", FuzzInput(data, size).rest());
  parse_input([&] { (void)HeartbeatBoard(fuzz_folder(), 0, 2).read(); });
  return 0;
}
