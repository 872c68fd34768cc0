#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "imaging/chart/contact_sheet.h"
#include "sharding/survey/pack_summary.h"

namespace lockstep {

/// A sheet of images of the pack's first split, drawn at random by `seed`: a row for each class (24
/// classes, evenly spread, where there are more), or without classes rows of images with their
/// labels below, by rising first target.
ContactSheet pack_sheet(const Pack& pack, std::span<const SplitSummary> splits, std::uint64_t seed);

/// The class's name as a sheet can draw it: its number where the name has nothing in ASCII.
std::string drawable_class(const std::string& name, std::size_t number);

/// Writes a PNG, whole or not at all. Throws Error(storage).
void write_png(const std::filesystem::path& path, const Image& image);

}  // namespace lockstep
