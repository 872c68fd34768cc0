// HDF5's library crashes and loops on files made to harm, in the child process that reads them: it
// must stay there.

#include "sharding/listing/array_listing.h"
#include "tests/fuzz/child_use.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

/// A byte that chooses the options; the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const unsigned bits = input.byte();
  SourceOptions options;
  options.source = fuzz_folder() / "x.h5";
  if ((bits & 1) != 0) options.task = LabelTask::regression;
  if ((bits & 2) != 0) options.task = LabelTask::multilabel;
  if ((bits & 4) != 0) options.unlabelled = true;
  write_input(options.source, input.rest());
  const ChildUse use;
  parse_input([&] {
    const ArrayListing listing = list_arrays(options);
    const auto pass = listing.reader->open(listing.listing.records);
    std::vector<SourceSample> samples;
    while (pass->next(samples) > 0) {
    }
  });
  use.check();
  return 0;
}
