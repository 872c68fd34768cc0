#include <fstream>

#include "sharding/table/table_listing.h"
#include "sharding/tree/disk_tree.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

namespace {

const std::filesystem::path& folder_with_images() {
  static const std::filesystem::path folder = [] {
    for (const char* name : {"a.png", "b.jpg", "c.webp"})
      std::ofstream(fuzz_folder() / name) << "x";
    return fuzz_folder();
  }();
  return folder;
}

/// The options that a table can be read with, by the bits of a number.
SourceOptions options_of(unsigned bits) {
  SourceOptions options;
  options.source = folder_with_images() / ((bits & 1) != 0 ? "x.csv" : "x.tsv");
  if ((bits & 2) != 0) options.task = LabelTask::regression;
  if ((bits & 4) != 0) options.task = LabelTask::multilabel;
  if ((bits & 8) != 0) options.label_separator = '|';
  if ((bits & 16) != 0) options.target_regex = "([0-9.]+)";
  if ((bits & 32) != 0) options.unlabelled = true;
  if ((bits & 64) != 0) options.separator = ';';
  if ((bits & 128) != 0) options.group_column = "group";
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const SourceOptions options = options_of(input.byte());
  const DiskTree tree(folder_with_images());
  parse_input([&] {
    const SourceListing listing = list_table(options, tree, options.source, input.rest_text());
    for (const SourceRecord& record : listing.records) (void)listing.label_text(record);
    for (const SourceFault& fault : listing.faults) (void)reason(fault);
  });
  return 0;
}
