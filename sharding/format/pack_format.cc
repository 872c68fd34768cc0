#include "sharding/format/pack_format.h"

#include <fmt/format.h>

namespace lockstep {

std::string shard_file_name(std::string_view split, std::size_t shard) {
  return fmt::format("{}-{:05}.h5", split, shard);
}

}  // namespace lockstep
