#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "launcher/answers/provenance.h"

namespace lockstep {

/// One piece of what a file comes from, looked at where it should be.
struct ChainLink {
  enum class State {
    holds,
    absent,  ///< it is not there, so nothing was checked
    broken,  ///< it is there, and another or damaged
  };
  State state = State::holds;
  std::string text;
};

/// Whether `file` has a provenance that can be followed: a file beside it, or, in an exported
/// model, metadata.
bool has_provenance(const std::filesystem::path& file);

/// The chain of `file`: itself, the model, the pack that the model was trained on, the pack of the
/// images. Throws Error(data) where its provenance cannot be read.
std::vector<ChainLink> check_provenance(const std::filesystem::path& file);

}  // namespace lockstep
