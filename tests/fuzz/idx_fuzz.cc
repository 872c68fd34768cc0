#include <memory>

#include "sharding/listing/idx_listing.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

/// Two bytes: how long the file of labels is; that file; the file of images. Each as it is, or
/// gzip.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const auto labels = static_cast<std::size_t>(input.number<2>());
  write_input(fuzz_folder() / "train-labels-idx1-ubyte", input.take(labels));
  write_input(fuzz_folder() / "train-images-idx3-ubyte", input.rest());
  parse_input([&] {
    const IdxListing listing = list_idx_files(fuzz_folder());
    const std::unique_ptr<SourcePass> pass = listing.reader->open(listing.listing.records);
    std::vector<SourceSample> samples;
    while (pass->next(samples) > 0) {
    }
  });
  return 0;
}
