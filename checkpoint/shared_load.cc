#include "checkpoint/shared_load.h"

#include <string>
#include <utility>

#include "checkpoint/agreement.h"
#include "checkpoint/reader.h"

namespace lockstep {

std::optional<LoadedCheckpoint> share_checkpoint(Communicator& communicator,
                                                 std::optional<LoadedCheckpoint> of_root) {
  const bool is_root = communicator.rank() == 0;
  const bool given = is_root && of_root.has_value();
  const std::string directory =
      broadcast_text(communicator, given ? of_root->directory.string() : "", 0);
  const std::string manifest =
      broadcast_text(communicator, given ? encode_manifest(of_root->manifest) : "", 0);
  if (directory.empty()) return std::nullopt;
  std::optional<LoadedCheckpoint> loaded = std::move(of_root);
  do_together(communicator, [&] {
    if (is_root) return;
    try {
      loaded = load_checkpoint(directory, decode_manifest(manifest, directory));
    } catch (const Error& error) {
      fail(error.code(),
           "{}; rank 0 could read it: is the directory on a file system that all nodes share?",
           error.what());
    }
  });
  return loaded;
}

}  // namespace lockstep
