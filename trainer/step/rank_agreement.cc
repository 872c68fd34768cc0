#include "trainer/step/rank_agreement.h"

#include <cstring>
#include <string>
#include <vector>

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/hash.h"
#include "core/process/host_name.h"

namespace lockstep {
namespace {

struct RankHash {
  std::uint64_t hash = 0;
  char host[64] = {};
};

}  // namespace

void check_equal_on_all_ranks(const at::Tensor& values, Communicator& communicator) {
  RankHash mine;
  const at::Tensor dense = values.contiguous();
  mine.hash = xxh3_64({static_cast<const std::byte*>(dense.const_data_ptr()), dense.nbytes()});
  host_name().copy(mine.host, sizeof mine.host - 1);
  std::vector<RankHash> all(static_cast<std::size_t>(communicator.size()));
  communicator.all_gather(std::as_bytes(std::span(&mine, 1)),
                          std::as_writable_bytes(std::span(all)));
  std::vector<std::string> different;
  for (std::size_t rank = 1; rank < all.size(); ++rank) {
    if (all[rank].hash != all[0].hash)
      different.push_back(fmt::format("rank {} on {}", rank, all[rank].host));
  }
  check(different.empty(), ExitCode::usage,
        "the same lane gives different bits on {} and on rank 0 on {}: their processors, GPUs or "
        "libraries differ, so train.reduction=exact is not possible. Use identical nodes, or "
        "train.reduction=fast",
        fmt::join(different, ", "), all[0].host);
}

}  // namespace lockstep
