#include "sharding/listing/hdf5_image_file.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "imaging/codec/decode.h"
#include "sharding/listing/file_reader.h"
#include "sharding/listing/foreign_dataset.h"

namespace lockstep {
namespace {

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
  if (is_encoded(dataset)) return {.encoding = Encoding::encoded, .count = size[0]};
  check(dataset.is_bytes() && (size.size() == 3 || size.size() == 4), ExitCode::data,
        "{} has {} dimensions, of {}; what can be packed is uint8 [N, height, width] or "
        "[N, height, width, channels], or encoded files as variable-length uint8 or opaque [N]",
        dataset.what(), size.size(), dataset.is_bytes() ? "uint8" : "another type");
  return shape_of_pixels(dataset);
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

}  // namespace lockstep
