#include "sharding/listing/hdf5_image_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/ranges.h>

#include "imaging/codec/decode.h"
#include "sharding/format/hdf5_handle.h"
#include "sharding/listing/file_reader.h"

namespace lockstep {
namespace {

constexpr std::size_t kMaxChunkCacheBytes = std::size_t{512} << 20;

/// An HDF5 file of another program, and one of its datasets.
class ForeignDataset {
 public:
  ForeignDataset(const std::filesystem::path& path, const std::string& name,
                 std::string_view option)
      : checked_(path, ExitCode::data, "read"),
        path_(path.string()),
        name_(name),
        file_(open_hdf5_file(checked_, path)),
        dataset_(open_dataset(option)),
        type_(checked_.handle(H5Dget_type(dataset_.get()), H5Tclose)),
        space_(checked_.handle(H5Dget_space(dataset_.get()), H5Sclose)),
        dimensions_(read_dimensions()) {}

  const Hdf5Check& checked() const { return checked_; }
  hid_t id() const { return dataset_.get(); }
  hid_t type() const { return type_.get(); }
  H5T_class_t type_class() const { return H5Tget_class(type_.get()); }
  bool is_bytes() const { return is_byte_type(type_.get()); }
  const std::vector<hsize_t>& dimensions() const { return dimensions_; }
  /// "dataset 'images' of 'x.h5'"
  std::string what() const { return fmt::format("dataset '{}' of '{}'", name_, path_); }

  static bool is_byte_type(hid_t type) {
    return H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) == 1 &&
           H5Tget_sign(type) == H5T_SGN_NONE;
  }

  /// A dataspace of the file with rows [first, first + count) chosen.
  Hdf5Handle select_rows(hsize_t first, hsize_t count) const {
    Hdf5Handle space = checked_.handle(H5Scopy(space_.get()), H5Sclose);
    std::vector<hsize_t> start(dimensions_.size(), 0);
    std::vector<hsize_t> size(dimensions_);
    start[0] = first;
    size[0] = count;
    checked_(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, size.data(),
                                 nullptr));
    return space;
  }

  Hdf5Handle make_space(hsize_t count) const {
    return checked_.handle(H5Screate_simple(1, &count, nullptr), H5Sclose);
  }

 private:
  /// With a chunk cache that holds all chunks that a row of images touches, so that each is
  /// decompressed once.
  Hdf5Handle open_dataset(std::string_view option) const {
    Hdf5Handle dataset = open_or_list(H5P_DEFAULT, option);
    const Hdf5Handle creation = checked_.handle(H5Dget_create_plist(dataset.get()), H5Pclose);
    if (H5Pget_layout(creation.get()) != H5D_CHUNKED) return dataset;
    std::array<hsize_t, H5S_MAX_RANK> chunk{}, size{};
    const Hdf5Handle space = checked_.handle(H5Dget_space(dataset.get()), H5Sclose);
    const int rank = checked_(H5Sget_simple_extent_dims(space.get(), size.data(), nullptr));
    checked_(H5Pget_chunk(creation.get(), rank, chunk.data()));
    const Hdf5Handle type = checked_.handle(H5Dget_type(dataset.get()), H5Tclose);
    std::size_t bytes = H5Tget_size(type.get());
    for (int i = 0; i < rank; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const hsize_t chunks = i == 0 ? 1 : (size[at] + chunk[at] - 1) / chunk[at];
      bytes *= chunk[at] * chunks;
    }
    const Hdf5Handle access = checked_.handle(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
    checked_(H5Pset_chunk_cache(access.get(), 12'421,
                                std::clamp<std::size_t>(bytes, 1 << 20, kMaxChunkCacheBytes), 1));
    checked_(dataset.close());
    return open_or_list(access.get(), option);
  }

  Hdf5Handle open_or_list(hid_t access, std::string_view option) const {
    const hid_t id = H5Dopen2(file_.get(), name_.c_str(), access);
    if (id < 0) {
      fail(ExitCode::data, "'{}' has no dataset '{}' (name it with {}); it holds: {}", path_, name_,
           option, fmt::join(list_names(), ", "));
    }
    return {id, H5Dclose};
  }

  std::vector<std::string> list_names() const {
    H5G_info_t info{};
    checked_(H5Gget_info(file_.get(), &info));
    std::vector<std::string> names;
    for (hsize_t i = 0; i < std::min<hsize_t>(info.nlinks, 100); ++i) {
      std::array<char, 256> name{};
      checked_(H5Lget_name_by_idx(file_.get(), ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(),
                                  name.size(), H5P_DEFAULT));
      names.emplace_back(name.data());
    }
    return names;
  }

  std::vector<hsize_t> read_dimensions() const {
    std::array<hsize_t, H5S_MAX_RANK> size{};
    const int rank = checked_(H5Sget_simple_extent_dims(space_.get(), size.data(), nullptr));
    return {size.begin(), size.begin() + rank};
  }

  Hdf5Check checked_;
  std::string path_;
  std::string name_;
  Hdf5Handle file_;
  Hdf5Handle dataset_;
  Hdf5Handle type_;
  Hdf5Handle space_;
  std::vector<hsize_t> dimensions_;
};

Hdf5ImageFile::Shape shape_of_pixels(const ForeignDataset& dataset) {
  const std::vector<hsize_t>& size = dataset.dimensions();
  const auto is_channels = [](hsize_t count) { return count == 1 || count == 3; };
  const bool has_channels = size.size() == 4;
  if (has_channels && !is_channels(size[3])) {
    fail(ExitCode::data, "{} is {}: its last dimension should be 1 or 3 channels{}", dataset.what(),
         fmt::join(size, " x "),
         is_channels(size[1]) ? "; it looks like channels first: transpose it with "
                                "numpy's transpose(0, 2, 3, 1)"
                              : "");
  }
  check_decodable_size(size[1], size[2]);
  return {.encoding = Encoding::raw,
          .count = size[0],
          .height = static_cast<std::uint32_t>(size[1]),
          .width = static_cast<std::uint32_t>(size[2]),
          .channels = static_cast<std::uint8_t>(has_channels ? size[3] : 1)};
}

bool is_encoded(const ForeignDataset& dataset) {
  if (dataset.dimensions().size() != 1) return false;
  if (dataset.type_class() == H5T_OPAQUE) return true;
  if (dataset.type_class() != H5T_VLEN) return false;
  const Hdf5Handle element = dataset.checked().handle(H5Tget_super(dataset.type()), H5Tclose);
  return ForeignDataset::is_byte_type(element.get());
}

Hdf5ImageFile::Shape find_shape(const ForeignDataset& dataset) {
  const std::vector<hsize_t>& size = dataset.dimensions();
  check(size.empty() || size[0] > 0, ExitCode::data, "{} holds no image", dataset.what());
  // A shape alone takes no byte of the file, and would be read as black images of any size.
  check(H5Dget_storage_size(dataset.id()) > 0, ExitCode::data,
        "{} has a shape, and no row was ever written; make the file again", dataset.what());
  if (is_encoded(dataset)) return {.encoding = Encoding::encoded, .count = size[0]};
  check(dataset.is_bytes() && (size.size() == 3 || size.size() == 4), ExitCode::data,
        "{} has {} dimensions, of {}; what can be packed is uint8 [N, height, width] or "
        "[N, height, width, channels], or encoded files as variable-length uint8 or opaque [N]",
        dataset.what(), size.size(), dataset.is_bytes() ? "uint8" : "another type");
  return shape_of_pixels(dataset);
}

std::vector<std::string> read_label_texts(const ForeignDataset& dataset, std::uint64_t count) {
  if (H5Tis_variable_str(dataset.type()) > 0) {
    return read_texts(dataset.checked(), dataset.id(), dataset.type());
  }
  const std::size_t size = H5Tget_size(dataset.type());
  std::string texts(size * count, '\0');
  dataset.checked()(
      H5Dread(dataset.id(), dataset.type(), H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.data()));
  std::vector<std::string> result;
  result.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const char* text = texts.data() + i * size;
    result.emplace_back(text, ::strnlen(text, size));
  }
  return result;
}

}  // namespace

class Hdf5ImageFile::State {
 public:
  State(const std::filesystem::path& path, const std::string& name)
      : dataset_(path, name, "--images-dataset"), shape_(find_shape(dataset_)) {}

  const Shape& shape() const { return shape_; }

  void read(std::uint64_t first, std::span<std::vector<std::byte>> rows) {
    const Hdf5Handle from = dataset_.select_rows(first, rows.size());
    if (shape_.encoding == Encoding::raw) {
      read_fixed(from, shape_.image_bytes(), H5T_NATIVE_UINT8, rows);
    } else if (dataset_.type_class() == H5T_OPAQUE) {
      read_fixed(from, H5Tget_size(dataset_.type()), dataset_.type(), rows);
      // Files of different sizes are filled up with zeros.
      for (std::vector<std::byte>& row : rows) {
        while (!row.empty() && row.back() == std::byte{0}) row.pop_back();
      }
    } else {
      read_variable(from, rows);
    }
  }

 private:
  void read_fixed(const Hdf5Handle& from, std::size_t row_bytes, hid_t type,
                  std::span<std::vector<std::byte>> rows) {
    block_.resize(row_bytes * rows.size());
    const bool is_bytes = H5Tget_size(type) == 1;
    const Hdf5Handle to = dataset_.make_space(is_bytes ? block_.size() : rows.size());
    dataset_.checked()(
        H5Dread(dataset_.id(), type, to.get(), from.get(), H5P_DEFAULT, block_.data()));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto start = block_.begin() + static_cast<std::ptrdiff_t>(i * row_bytes);
      rows[i].assign(start, start + static_cast<std::ptrdiff_t>(row_bytes));
    }
  }

  void read_variable(const Hdf5Handle& from, std::span<std::vector<std::byte>> rows) {
    std::vector<hvl_t> items(rows.size());
    const Hdf5Handle to = dataset_.make_space(rows.size());
    const Hdf5Handle type = dataset_.checked().handle(H5Tvlen_create(H5T_NATIVE_UINT8), H5Tclose);
    dataset_.checked()(
        H5Dread(dataset_.id(), type.get(), to.get(), from.get(), H5P_DEFAULT, items.data()));
    const Hdf5Items reclaimed(type.get(), to.get(), items.data());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto* bytes = static_cast<const std::byte*>(items[i].p);
      // One byte more than is allowed is enough to find that it is too large.
      rows[i].assign(bytes, bytes + std::min<std::uint64_t>(items[i].len, kMaxImageFileBytes + 1));
    }
  }

  ForeignDataset dataset_;
  Shape shape_;
  std::vector<std::byte> block_;
};

Hdf5ImageFile::Hdf5ImageFile(const std::filesystem::path& path, const std::string& dataset)
    : state_(std::make_unique<State>(path, dataset)) {}
Hdf5ImageFile::~Hdf5ImageFile() = default;
Hdf5ImageFile::Hdf5ImageFile(Hdf5ImageFile&&) noexcept = default;

const Hdf5ImageFile::Shape& Hdf5ImageFile::shape() const { return state_->shape(); }

void Hdf5ImageFile::read(std::uint64_t first, std::span<std::vector<std::byte>> rows) {
  state_->read(first, rows);
}

Hdf5Labels read_hdf5_labels(const std::filesystem::path& path, const std::string& name,
                            Hdf5LabelKind kind, std::uint64_t count) {
  const ForeignDataset dataset(path, name, "--labels-dataset, or pass --unlabelled");
  const std::vector<hsize_t>& size = dataset.dimensions();
  const bool is_row = size.size() == 1 || size.size() == 2;
  check(is_row && size[0] == count, ExitCode::data,
        "{} is {}; one label for each of {} images is needed", dataset.what(),
        fmt::join(size, " x "), count);
  Hdf5Labels labels;
  labels.width = size.size() == 2 ? static_cast<std::uint32_t>(size[1]) : 1;
  check(labels.width > 0 && labels.width <= 1 << 16, ExitCode::data, "{} has {} columns",
        dataset.what(), labels.width);
  const H5T_class_t type = dataset.type_class();
  if (kind == Hdf5LabelKind::targets) {
    check(type == H5T_INTEGER || type == H5T_FLOAT, ExitCode::data, "{} holds no numbers",
          dataset.what());
    labels.targets.resize(count * labels.width);
    dataset.checked()(H5Dread(dataset.id(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                              labels.targets.data()));
    return labels;
  }
  check(labels.width == 1, ExitCode::usage,
        "{} has {} columns; a class is one. For numbers pass --task regression, for flags --task "
        "multilabel",
        dataset.what(), labels.width);
  if (type == H5T_STRING) {
    labels.texts = read_label_texts(dataset, count);
    return labels;
  }
  check(type == H5T_INTEGER, ExitCode::usage,
        "{} holds neither integers nor strings; for real numbers pass --task regression",
        dataset.what());
  labels.numbers.resize(count);
  dataset.checked()(H5Dread(dataset.id(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                            labels.numbers.data()));
  return labels;
}

}  // namespace lockstep
