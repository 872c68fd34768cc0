#include "sharding/read/hdf5_shard_reader.h"

#include "sharding/format/hdf5_handle.h"

namespace lockstep {
namespace {

class ShardReader {
 public:
  explicit ShardReader(const std::filesystem::path& path)
      : checked_(path, ExitCode::data, "read"),
        file_(open(path)),
        string_type_(make_string_type(checked_)) {}

  ShardDescription read() const {
    ShardDescription description;
    description.format = read_text(kFormatAttribute);
    description.version = read_version();
    description.encoding = read_text(kEncodingAttribute);
    description.label_kind = read_text(kLabelKindAttribute);
    description.bytes = extent(open_dataset(kBytesDataset));
    const Hdf5Handle index = open_dataset(kIndexDataset);
    description.index = extent(index);
    description.samples = count(index);
    description.sources = read_strings(kSourceDataset);
    description.classes = read_optional_strings(kClassesDataset);
    description.label_names = read_optional_strings(kLabelNamesDataset);
    return description;
  }

 private:
  Hdf5Handle open(const std::filesystem::path& path) const {
    const Hdf5Handle access = checked_.handle(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    checked_(H5Pset_file_locking(access.get(), 0, 1));
    return checked_.handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  }

  Hdf5Handle open_dataset(const char* name) const {
    return checked_.handle(H5Dopen2(file_.get(), name, H5P_DEFAULT), H5Dclose);
  }

  std::uint64_t count(const Hdf5Handle& dataset) const {
    const Hdf5Handle space = checked_.handle(H5Dget_space(dataset.get()), H5Sclose);
    return static_cast<std::uint64_t>(checked_(H5Sget_simple_extent_npoints(space.get())));
  }

  DatasetExtent extent(const Hdf5Handle& dataset) const {
    const haddr_t address = H5Dget_offset(dataset.get());
    checked_(address == HADDR_UNDEF ? -1 : 0);
    return {address, H5Dget_storage_size(dataset.get())};
  }

  /// The strings that HDF5 allocated for a read, given back at the end.
  struct Strings {
    hid_t type;
    hid_t space;
    std::vector<char*> pointers;
    ~Strings() { H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers.data()); }
  };

  std::vector<std::string> read_strings(const char* name) const {
    const Hdf5Handle dataset = open_dataset(name);
    const Hdf5Handle space = checked_.handle(H5Dget_space(dataset.get()), H5Sclose);
    Strings strings{string_type_.get(), space.get(), std::vector<char*>(count(dataset))};
    checked_(H5Dread(dataset.get(), string_type_.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                     strings.pointers.data()));
    std::vector<std::string> result;
    result.reserve(strings.pointers.size());
    for (const char* text : strings.pointers) result.emplace_back(text == nullptr ? "" : text);
    return result;
  }

  std::vector<std::string> read_optional_strings(const char* name) const {
    if (checked_(H5Lexists(file_.get(), name, H5P_DEFAULT)) == 0) return {};
    return read_strings(name);
  }

  Hdf5Handle open_attribute(const char* name) const {
    return checked_.handle(H5Aopen(file_.get(), name, H5P_DEFAULT), H5Aclose);
  }

  std::string read_text(const char* name) const {
    const Hdf5Handle attribute = open_attribute(name);
    const Hdf5Handle space = checked_.handle(H5Aget_space(attribute.get()), H5Sclose);
    Strings strings{string_type_.get(), space.get(), {nullptr}};
    checked_(H5Aread(attribute.get(), string_type_.get(), strings.pointers.data()));
    return strings.pointers[0] == nullptr ? "" : strings.pointers[0];
  }

  std::int64_t read_version() const {
    const Hdf5Handle attribute = open_attribute(kVersionAttribute);
    std::int64_t version = 0;
    checked_(H5Aread(attribute.get(), H5T_NATIVE_INT64, &version));
    return version;
  }

  Hdf5Check checked_;
  Hdf5Handle file_;
  Hdf5Handle string_type_;
};

}  // namespace

ShardDescription describe_shard(const std::filesystem::path& path) {
  return ShardReader(path).read();
}

}  // namespace lockstep
