#include "sharding/listing/foreign_dataset.h"

#include <algorithm>
#include <array>

#include <fmt/ranges.h>

#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::size_t kMaxChunkCacheBytes = std::size_t{512} << 20;

/// HDF5 asks it before it follows a link to another file.
herr_t note_external_link(const char*, const char*, const char*, const char*, unsigned*, hid_t,
                          void* leads_out) {
  *static_cast<bool*>(leads_out) = true;
  return -1;
}

}  // namespace

ForeignDataset::ForeignDataset(const std::filesystem::path& path, const std::string& name,
                               std::string_view option)
    : checked_(path, ExitCode::data, "read"),
      path_(path.string()),
      name_(name),
      file_(open_hdf5_file(checked_, path)),
      dataset_(open_dataset(option)),
      type_(checked_.handle(H5Dget_type(dataset_.get()), H5Tclose)),
      space_(checked_.handle(H5Dget_space(dataset_.get()), H5Sclose)),
      dimensions_(read_dimensions()) {
  check_is_whole();
}

std::string ForeignDataset::what() const {
  return fmt::format("dataset '{}' of '{}'", name_, path_);
}

bool ForeignDataset::is_byte_type(hid_t type) {
  return H5Tget_class(type) == H5T_INTEGER && H5Tget_size(type) == 1 &&
         H5Tget_sign(type) == H5T_SGN_NONE;
}

Hdf5Handle ForeignDataset::select_rows(hsize_t first, hsize_t count) const {
  Hdf5Handle space = checked_.handle(H5Scopy(space_.get()), H5Sclose);
  std::vector<hsize_t> start(dimensions_.size(), 0);
  std::vector<hsize_t> size(dimensions_);
  start[0] = first;
  size[0] = count;
  checked_(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, size.data(),
                               nullptr));
  return space;
}

Hdf5Handle ForeignDataset::make_space(hsize_t count) const {
  return checked_.handle(H5Screate_simple(1, &count, nullptr), H5Sclose);
}

void ForeignDataset::read_all(hid_t type, void* values) const {
  checked_(H5Dread(dataset_.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
}

/// With a chunk cache that holds all chunks that a row of images touches, so that each is
/// decompressed once.
Hdf5Handle ForeignDataset::open_dataset(std::string_view option) const {
  const Hdf5Handle access = checked_.handle(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
  Hdf5Handle dataset = open_or_list(access.get(), option);
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
  checked_(H5Pset_chunk_cache(access.get(), 12'421,
                              std::clamp<std::size_t>(bytes, 1 << 20, kMaxChunkCacheBytes), 1));
  checked_(dataset.close());
  return open_or_list(access.get(), option);
}

Hdf5Handle ForeignDataset::open_or_list(hid_t access, std::string_view option) const {
  bool leads_out = false;
  checked_(H5Pset_elink_cb(access, note_external_link, &leads_out));
  const hid_t id = H5Dopen2(file_.get(), name_.c_str(), access);
  check(!leads_out, ExitCode::data, "the dataset '{}' of '{}' is a link to another file; give that",
        name_, path_);
  if (id < 0) {
    const std::vector<std::string> names = list_names();
    check(std::ranges::find(names, name_) == names.end(), ExitCode::data,
          "'{}' of '{}' cannot be opened as a dataset: it is a group, damaged, or of a newer HDF5",
          name_, path_);
    fail(ExitCode::data, "'{}' has no dataset '{}' (name it with {}); it holds: {}", path_, name_,
         option, fmt::join(names, ", "));
  }
  return {id, H5Dclose};
}

std::vector<std::string> ForeignDataset::list_names() const {
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

std::vector<hsize_t> ForeignDataset::read_dimensions() const {
  std::array<hsize_t, H5S_MAX_RANK> size{};
  const int rank = checked_(H5Sget_simple_extent_dims(space_.get(), size.data(), nullptr));
  return {size.begin(), size.begin() + rank};
}

/// HDF5 reads what was never written as zeros: black images, and the first class.
void ForeignDataset::check_is_whole() const {
  const Hdf5Handle creation = checked_.handle(H5Dget_create_plist(dataset_.get()), H5Pclose);
  const H5D_layout_t layout = H5Pget_layout(creation.get());
  check(layout != H5D_VIRTUAL && H5Pget_external_count(creation.get()) <= 0, ExitCode::data,
        "{} is a view of other files; write its values into a dataset of their own (in Python: "
        "file.create_dataset(name, data=view[:]))",
        what());
  check_filters(creation.get());
  if (dimensions_.empty() || dimensions_[0] == 0) return;
  check(H5Dget_storage_size(dataset_.get()) > 0, ExitCode::data,
        "{} has a shape, and no row was ever written; make the file again", what());
  if (layout == H5D_CHUNKED) check_chunks(creation.get());
}

void ForeignDataset::check_filters(hid_t creation) const {
  const int filters = checked_(H5Pget_nfilters(creation));
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0, config = 0;
    std::size_t values = 0;
    std::array<char, 64> name{};
    const H5Z_filter_t filter =
        checked_(H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &values, nullptr,
                                name.size() - 1, name.data(), &config));
    check(H5Zfilter_avail(filter) > 0, ExitCode::data,
          "{} is compressed with the filter {} ({}), which is not part of HDF5; write it again "
          "without, or with gzip",
          what(), filter, name[0] == '\0' ? "without a name" : name.data());
  }
}

/// A chunk that was never written has no place in the file.
void ForeignDataset::check_chunks(hid_t creation) const {
  std::vector<hsize_t> chunk(dimensions_.size());
  checked_(H5Pget_chunk(creation, static_cast<int>(chunk.size()), chunk.data()));
  hsize_t wanted = 1, written = 0;
  for (std::size_t i = 0; i < chunk.size(); ++i) {
    const hsize_t count = dimensions_[i] / chunk[i] + (dimensions_[i] % chunk[i] != 0);
    check(!__builtin_mul_overflow(wanted, count, &wanted), ExitCode::data,
          "{} claims more chunks than a file can have", what());
  }
  checked_(H5Dget_num_chunks(dataset_.get(), space_.get(), &written));
  if (written >= wanted) return;
  std::vector<hsize_t> at(chunk.size(), 0);
  for (hsize_t number = 0; number < wanted; ++number) {
    hsize_t rest = number;
    for (std::size_t i = chunk.size(); i-- > 0;) {
      const hsize_t count = dimensions_[i] / chunk[i] + (dimensions_[i] % chunk[i] != 0);
      at[i] = rest % count * chunk[i];
      rest /= count;
    }
    haddr_t address = HADDR_UNDEF;
    unsigned mask = 0;
    hsize_t bytes = 0;
    checked_(H5Dget_chunk_info_by_coord(dataset_.get(), at.data(), &mask, &address, &bytes));
    if (address == HADDR_UNDEF) break;
  }
  fail(ExitCode::data,
       "{} was never written in part: {} of {} chunks are missing, the first from row {} on; make "
       "the file again",
       what(), wanted - written, wanted, at[0]);
}

}  // namespace lockstep
