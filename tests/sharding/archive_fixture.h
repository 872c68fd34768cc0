#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

/// An entry of an archive: its name, and its content. A name that ends in a slash is a folder, and
/// one with " -> " in it a link.
using ArchiveEntries = std::vector<std::pair<std::string, std::string>>;

/// Writes an archive of the kind that its name says, with its entries in this order.
void write_archive(const std::filesystem::path& path, const ArchiveEntries& entries);
/// The bytes of such an archive, to be an entry of another.
std::string archive_bytes(std::string_view ending, const ArchiveEntries& entries);
/// All files below a folder, in the reverse of their order, as nobody would pack them.
ArchiveEntries entries_of(const std::filesystem::path& folder);

}  // namespace lockstep
