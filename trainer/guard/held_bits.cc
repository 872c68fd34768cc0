#include "trainer/guard/held_bits.h"

#include "comm/communicator/odd_ranks.h"
#include "core/error.h"
#include "core/hash.h"
#include "trainer/lane/host_copy.h"

namespace lockstep {
namespace {

void add(Hasher& hasher, const at::Tensor& flat) {
  if (!flat.is_cpu()) {
    const HostCopy copy(flat);
    copy.wait();
    add(hasher, copy.values());
    return;
  }
  hasher.update({static_cast<const std::byte*>(flat.const_data_ptr()), flat.nbytes()});
}

}  // namespace

std::string hash_of_held(FlatModel& model, Optimizer& optimizer, WeightAverage* average) {
  Hasher hasher;
  for (const at::Tensor& flat :
       {model.parameters(), model.frozen(), model.buffers(), model.integers()}) {
    add(hasher, flat);
  }
  for (const auto& [name, flat] : optimizer.state()) add(hasher, flat);
  if (average != nullptr) {
    add(hasher, average->parameters());
    add(hasher, average->buffers());
  }
  return hasher.hex();
}

void check_held_bits(FlatModel& model, Optimizer& optimizer, WeightAverage* average,
                     Communicator& communicator, const RunPosition& position) {
  const std::string odd = tell_odd_ranks(communicator, hash_of_held(model, optimizer, average));
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
