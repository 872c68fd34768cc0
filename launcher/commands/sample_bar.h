#pragma once

#include <cstdint>
#include <functional>

namespace lockstep {

/// How many of the samples that a command reads are done.
using SampleProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// A progress bar on the terminal, which goes away with the last copy of the result.
SampleProgress show_sample_bar(const char* phase);

}  // namespace lockstep
