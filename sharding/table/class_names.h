#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "sharding/source/source_listing.h"

namespace lockstep {

/// Names of classes by what a source calls them: a number, or a synset's id.
using ClassNames = std::map<std::string, std::string>;

/// Reads `text`, of the file `file`:
/// - two columns with a comma, a tab or another usual separator between; or, where there is none, a
///   word and the rest of the line (`n01440764 tench, Tinca tinca`);
/// - a JSON object of names (`{"1": "chair"}`), or of lists whose last text is the name
///   (`{"0": ["n01440764", "tench"]}`, where the first is a key too), or annotations with
///   "categories".
/// Throws Error(usage) where it is neither, or a key has two names.
ClassNames read_class_names(const std::filesystem::path& file, std::string_view text);

/// Gives the classes, or flags, of `listing` their names, and notes which have none. Those that get
/// one name become one. Throws Error(usage) where its labels are numbers, or no class has a name.
void rename_classes(const ClassNames& names, SourceListing& listing);

}  // namespace lockstep
