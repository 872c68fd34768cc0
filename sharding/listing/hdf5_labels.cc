#include "sharding/listing/hdf5_labels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <span>

#include <fmt/ranges.h>

#include "core/error.h"
#include "sharding/listing/foreign_dataset.h"

namespace lockstep {
namespace {

std::vector<std::string> read_strings(const ForeignDataset& dataset, std::uint64_t count) {
  if (H5Tis_variable_str(dataset.type()) > 0) {
    return read_texts(dataset.checked(), dataset.id(), dataset.type());
  }
  const std::size_t size = H5Tget_size(dataset.type());
  std::string texts(size * count, '\0');
  dataset.read_all(dataset.type(), texts.data());
  std::vector<std::string> result;
  result.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const char* text = texts.data() + i * size;
    result.emplace_back(text, ::strnlen(text, size));
  }
  return result;
}

/// The values of an enumeration by their names: h5py's booleans are FALSE and TRUE.
std::vector<std::string> read_member_names(const ForeignDataset& dataset, std::uint64_t count) {
  const Hdf5Handle type =
      dataset.checked().handle(H5Tget_native_type(dataset.type(), H5T_DIR_ASCEND), H5Tclose);
  const std::size_t size = H5Tget_size(type.get());
  std::vector<std::byte> values(size * count);
  dataset.read_all(type.get(), values.data());
  std::vector<std::string> names;
  names.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::array<char, 1024> name{};
    check(H5Tenum_nameof(type.get(), values.data() + i * size, name.data(), name.size()) >= 0,
          ExitCode::data, "{} has no name for the value of row {}", dataset.what(), i);
    names.emplace_back(name.data());
  }
  return names;
}

/// Integers; those of 64 bits without a sign may need texts.
void read_integers(const ForeignDataset& dataset, std::uint64_t count, Hdf5Labels& labels) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (H5Tget_sign(dataset.type()) == H5T_SGN_NONE) {
    std::vector<std::uint64_t> values(count);
    dataset.read_all(H5T_NATIVE_UINT64, values.data());
    if (std::ranges::any_of(values, [](std::uint64_t value) { return value > kMost; })) {
      for (const std::uint64_t value : values) labels.texts.push_back(std::to_string(value));
      return;
    }
    labels.numbers.assign(values.begin(), values.end());
    return;
  }
  labels.numbers.resize(count);
  dataset.read_all(H5T_NATIVE_INT64, labels.numbers.data());
}

/// Whole numbers that a table's reader made floating-point ones; NaN stands for no label.
void read_whole_numbers(const ForeignDataset& dataset, std::uint64_t count, Hdf5Labels& labels) {
  constexpr double kMost = 9007199254740992.0;  // 2^53: beyond it not every integer is a double
  std::vector<double> values(count);
  dataset.read_all(H5T_NATIVE_DOUBLE, values.data());
  for (std::uint64_t i = 0; i < count; ++i) {
    const double value = values[i];
    check(std::isnan(value) || (std::trunc(value) == value && std::abs(value) <= kMost),
          ExitCode::usage,
          "{} has {} in row {}, which is no class; for real numbers pass --task regression",
          dataset.what(), value, i);
    labels.numbers.push_back(std::isnan(value) ? -1 : static_cast<std::int64_t>(value));
  }
}

void read_targets(const ForeignDataset& dataset, std::uint64_t count, Hdf5Labels& labels) {
  labels.targets.resize(count * labels.width);
  if (dataset.type_class() == H5T_ENUM) {
    const std::vector<std::string> names = read_member_names(dataset, labels.targets.size());
    std::ranges::transform(names, labels.targets.begin(), [&](const std::string& name) {
      check(name == "TRUE" || name == "FALSE", ExitCode::data,
            "{} is an enumeration with '{}', and holds no numbers", dataset.what(), name);
      return name == "TRUE" ? 1.0f : 0.0f;
    });
    return;
  }
  check(dataset.type_class() == H5T_INTEGER || dataset.type_class() == H5T_FLOAT, ExitCode::data,
        "{} holds no numbers", dataset.what());
  dataset.read_all(H5T_NATIVE_FLOAT, labels.targets.data());
}

void read_classes(const ForeignDataset& dataset, std::uint64_t count, Hdf5Labels& labels) {
  check(labels.width == 1, ExitCode::usage,
        "{} has {} columns; a class is one. For numbers pass --task regression, for flags --task "
        "multilabel",
        dataset.what(), labels.width);
  switch (dataset.type_class()) {
    case H5T_STRING:
      labels.texts = read_strings(dataset, count);
      return;
    case H5T_ENUM:
      labels.texts = read_member_names(dataset, count);
      return;
    case H5T_INTEGER:
      return read_integers(dataset, count, labels);
    case H5T_FLOAT:
      return read_whole_numbers(dataset, count, labels);
    default:
      fail(ExitCode::data, "{} holds neither numbers nor strings", dataset.what());
  }
}

}  // namespace

Hdf5Labels read_hdf5_labels(const std::filesystem::path& path, const std::string& name,
                            Hdf5LabelKind kind, std::uint64_t count) {
  const ForeignDataset dataset(path, name, "--labels-dataset, or pass --unlabelled");
  const std::vector<hsize_t>& size = dataset.dimensions();
  const bool is_row = size.size() == 1 || size.size() == 2;
  check(is_row && size[0] == count, ExitCode::data,
        "{} is {}; one label for each of {} images is needed", dataset.what(),
        size.empty() ? "a single value" : fmt::format("{}", fmt::join(size, " x ")), count);
  Hdf5Labels labels;
  const hsize_t width = size.size() == 2 ? size[1] : 1;
  check(width > 0 && width <= 1 << 16, ExitCode::data, "{} has {} columns", dataset.what(), width);
  labels.width = static_cast<std::uint32_t>(width);
  if (kind == Hdf5LabelKind::targets) {
    read_targets(dataset, count, labels);
  } else {
    read_classes(dataset, count, labels);
  }
  return labels;
}

}  // namespace lockstep
