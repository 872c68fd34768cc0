#include "sharding/read/hdf5_shard_reader.h"

#include "sharding/format/hdf5_handle.h"

namespace lockstep {
namespace {

class ShardReader {
 public:
  explicit ShardReader(const std::filesystem::path& path)
      : checked_(path, ExitCode::data, "read"),
        file_(open_hdf5_file(checked_, path)),
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
  Hdf5Handle open_dataset(const char* name) const {
    return checked_.handle(H5Dopen2(file_.get(), name, H5P_DEFAULT), H5Dclose);
  }

  std::uint64_t count(const Hdf5Handle& dataset) const {
    const Hdf5Handle space = checked_.handle(H5Dget_space(dataset.get()), H5Sclose);
    return static_cast<std::uint64_t>(checked_(H5Sget_simple_extent_npoints(space.get())));
  }

  DatasetExtent extent(const Hdf5Handle& dataset) const {
    return {address_of(checked_, dataset), H5Dget_storage_size(dataset.get())};
  }

  std::vector<std::string> read_strings(const char* name) const {
    return read_texts(checked_, open_dataset(name).get(), string_type_.get());
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
    char* text = nullptr;
    const Hdf5Items items(string_type_.get(), space.get(), &text);
    checked_(H5Aread(attribute.get(), string_type_.get(), &text));
    return text == nullptr ? "" : text;
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
