#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/names.h"

namespace lockstep {

// What the writer and the readers of a pack share. The format is described in docs/pack-format.md.

static_assert(std::endian::native == std::endian::little, "packs are read and written in place");

inline constexpr std::string_view kPackFormat = "lockstep-pack";
inline constexpr int kPackVersion = 1;
inline constexpr std::string_view kPackManifest = "pack.json";
/// Where a pack is made; its presence without a manifest marks a pack that was never finished.
inline constexpr std::string_view kPackStaging = ".staging";
/// Where an older pack is while a new one takes its place.
inline constexpr std::string_view kPackReplaced = ".replaced";

/// Datasets and attributes of a shard.
inline constexpr const char* kBytesDataset = "bytes";
inline constexpr const char* kFeaturesDataset = "features";  ///< in the place of "bytes"
inline constexpr const char* kIndexDataset = "index";
inline constexpr const char* kSourceDataset = "source";
inline constexpr const char* kClassesDataset = "classes";
inline constexpr const char* kLabelNamesDataset = "label_names";
inline constexpr const char* kFormatAttribute = "format";
inline constexpr const char* kVersionAttribute = "version";
inline constexpr const char* kEncodingAttribute = "encoding";
inline constexpr const char* kLabelKindAttribute = "label_kind";

/// Numbers of a sample of features: 64 MiB.
inline constexpr std::uint32_t kMostFeatures = 1u << 24;

/// The file addresses of a shard's datasets are multiples of this.
inline constexpr std::size_t kPackAlignment = 64;

enum class LabelKind {
  none,
  int64,    ///< a class number, 0 .. classes - 1
  float32,  ///< a vector of k numbers (regression)
  uint8,    ///< a vector of k flags, 0 or 1 (multi-label)
};
inline constexpr EnumName<LabelKind> kLabelKindNames[] = {
    {LabelKind::none, "none"},
    {LabelKind::int64, "int64"},
    {LabelKind::float32, "float32"},
    {LabelKind::uint8, "uint8"},
};
constexpr std::span<const EnumName<LabelKind>> enum_names(LabelKind) { return kLabelKindNames; }

/// "train-00000.h5"
std::string shard_file_name(std::string_view split, std::size_t shard);

}  // namespace lockstep
