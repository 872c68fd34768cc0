#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lockstep {

/// The labels of an HDF5 file that another program made, one row an image. One of the three is
/// filled.
struct Hdf5Labels {
  std::vector<std::int64_t> numbers;  ///< [N] integers; negative: no label
  std::vector<std::string> texts;     ///< [N] strings, names of an enumeration, or large integers
  std::vector<float> targets;         ///< [N, width] numbers; infinite beyond float32
  std::uint32_t width = 1;
};

enum class Hdf5LabelKind { classes, targets };

/// Reads the labels of `count` images: classes are integers (also as whole floating-point numbers),
/// strings, or an enumeration such as h5py's booleans; targets are numbers or booleans. Throws
/// Error(data) or Error(usage) where the dataset is something else; the message says what.
Hdf5Labels read_hdf5_labels(const std::filesystem::path& path, const std::string& dataset,
                            Hdf5LabelKind kind, std::uint64_t count);

}  // namespace lockstep
