#include "sharding/read/hdf5_shard_reader.h"

#include <algorithm>
#include <iterator>

#include "core/file.h"
#include "core/hash.h"
#include "core/process/child_stream.h"
#include "sharding/format/hdf5_child.h"
#include "sharding/format/hdf5_handle.h"
#include "sharding/format/hdf5_memory_file.h"
#include "sharding/format/shard_hash.h"

namespace lockstep {
namespace {

class ShardReader {
 public:
  ShardReader(const std::filesystem::path& path, SparseBytes& content)
      : checked_(path, ExitCode::data, "read"),
        file_(open_content(path, content)),
        string_type_(make_string_type(checked_)) {}

  ShardDescription read() const {
    ShardDescription description;
    description.format = read_text(kFormatAttribute);
    description.version = read_version();
    description.encoding = read_text(kEncodingAttribute);
    description.label_kind = read_text(kLabelKindAttribute);
    const bool has_features = description.encoding == name_of(Encoding::features);
    description.bytes = extent(open_dataset(has_features ? kFeaturesDataset : kBytesDataset));
    const Hdf5Handle index = open_dataset(kIndexDataset);
    description.index = extent(index);
    description.samples = count(index);
    description.sources = read_strings(kSourceDataset);
    description.classes = read_optional_strings(kClassesDataset);
    description.label_names = read_optional_strings(kLabelNamesDataset);
    return description;
  }

 private:
  Hdf5Handle open_content(const std::filesystem::path& path, SparseBytes& content) const {
    const Hdf5Handle access = access_memory(checked_, content);
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

/// All of a shard but its images and index, which stay zeros: those are not for HDF5. Throws
/// Error(data) unless it is what `pack` wrote.
SparseBytes read_structure(const std::filesystem::path& path, const ShardInfo& shard) {
  const UniqueFd file = open_for_reading(path, ExitCode::data, "was the pack moved?");
  SparseBytes content;
  Hasher hasher;
  for (const ShardRegion& region : regions_of(shard)) {
    if (region.part != ShardPart::structure) continue;
    std::uint64_t at = region.begin;
    read_range(file.get(), at, region.end - at, path, ExitCode::data,
               [&](std::span<const std::byte> block) {
                 hasher.update(block);
                 content.write(at, block);
                 at += block.size();
               });
  }
  content.resize(shard.size);
  check(hasher.hex() == shard.structure_hash, ExitCode::data,
        "'{}' is damaged outside of /bytes and /index: in HDF5's own data, /source, /classes or "
        "/label_names; `lockstep verify {}` lists what is wrong",
        path.string(), path.parent_path().string());
  return content;
}

// ---- through the pipe: numbers, then texts

struct Numbers {
  std::int64_t version = 0;
  DatasetExtent bytes;
  DatasetExtent index;
  std::uint64_t samples = 0;
  std::uint64_t sources = 0;
  std::uint64_t classes = 0;
  std::uint64_t label_names = 0;
};

void send_description(const ShardDescription& shard, const ChildStream::Send& send) {
  const Numbers numbers{shard.version,           shard.bytes,          shard.index,
                        shard.samples,           shard.sources.size(), shard.classes.size(),
                        shard.label_names.size()};
  const auto send_text = [&](const std::string& text) { send(std::as_bytes(std::span(text))); };
  send(std::as_bytes(std::span(&numbers, 1)));
  for (const std::string* text : {&shard.format, &shard.encoding, &shard.label_kind}) {
    send_text(*text);
  }
  for (const auto* texts : {&shard.sources, &shard.classes, &shard.label_names}) {
    for (const std::string& text : *texts) send_text(text);
  }
}

ShardDescription receive_description(ChildStream& child) {
  const auto numbers = child.next_value<Numbers>();
  ShardDescription shard;
  shard.version = numbers.version;
  shard.bytes = numbers.bytes;
  shard.index = numbers.index;
  shard.samples = numbers.samples;
  for (std::string* text : {&shard.format, &shard.encoding, &shard.label_kind}) {
    *text = child.next_text();
  }
  const auto receive = [&](std::vector<std::string>& texts, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) texts.push_back(child.next_text());
  };
  receive(shard.sources, numbers.sources);
  receive(shard.classes, numbers.classes);
  receive(shard.label_names, numbers.label_names);
  return shard;
}

}  // namespace

ShardDescription describe_shard(const std::filesystem::path& path, const ShardInfo& shard) {
  SparseBytes content = read_structure(path, shard);
  const ChildLimits limits = hdf5_limits(shard.size - shard.bytes.size - shard.index.size);
  ChildStream child(hdf5_subject(path), limits, [&](const ChildStream::Send& send) {
    send_description(ShardReader(path, content).read(), send);
  });
  return receive_description(child);
}

std::vector<std::string> read_sources(const std::filesystem::path& pack, const ShardInfo& shard) {
  const std::filesystem::path path = pack / shard.file;
  std::vector<std::string> sources = describe_shard(path, shard).sources;
  check(sources.size() == shard.samples, ExitCode::data,
        "'{}' names {} sources for {} samples; `lockstep verify {}` lists what is wrong",
        path.string(), sources.size(), shard.samples, pack.string());
  return sources;
}

std::vector<std::string> read_sources(const std::filesystem::path& pack, const SplitInfo& split) {
  std::vector<std::string> all;
  for (const ShardInfo& shard : split.shards) {
    std::ranges::move(read_sources(pack, shard), std::back_inserter(all));
  }
  return all;
}

}  // namespace lockstep
