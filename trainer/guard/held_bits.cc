#include "trainer/guard/held_bits.h"

#include "comm/communicator/odd_ranks.h"
#include "core/error.h"

namespace lockstep {

void check_held_bits(const std::string& digest, Communicator& communicator,
                     const RunPosition& position) {
  const std::string odd = tell_odd_ranks(communicator, digest);
  check(odd.empty(), ExitCode::internal,
        "after step {} {}: a bit was flipped in a memory, or one of their machines computes "
        "wrongly. {}; leave that machine out, and start again",
        position.step, odd,
        position.checkpoint >= 0
            ? fmt::format("The newest checkpoint, of step {}, was the same on all",
                          position.checkpoint)
            : std::string("There is no checkpoint yet"));
}

}  // namespace lockstep
