#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "launcher/manual/command_help.h"

namespace lockstep {

/// The page of `helps[index]` (0: of the program), for man (groff_man(7)), in section 1:
/// lockstep(1), lockstep-train(1).
std::string man_page(std::span<const CommandHelp> helps, std::size_t index,
                     const std::string& version);

/// Writes all of them into `directory`, which is made: lockstep.1, lockstep-train.1. Throws
/// Error(storage).
void write_man_pages(std::span<const CommandHelp> helps, const std::filesystem::path& directory,
                     const std::string& version);

}  // namespace lockstep
