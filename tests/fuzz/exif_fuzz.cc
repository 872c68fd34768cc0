#include "imaging/codec/exif.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int orientation = exif_orientation(FuzzInput(data, size).rest());
  expect(orientation >= 1 && orientation <= 8, "an orientation is 1 to 8");
  return 0;
}
