#include "sharding/table/annotation_json.h"
#include "sharding/table/class_names.h"
#include "sharding/table/ground_truth.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::uint8_t kind = input.byte();
  const std::string_view text = input.rest_text();
  parse_input([&] {
    if (kind % 4 == 0) (void)parse_annotations(text);
    if (kind % 4 == 1) (void)read_class_names("names.json", text);
    if (kind % 4 == 2) (void)read_class_names("names.csv", text);
    if (kind % 4 == 3) (void)GroundTruth(text, {"a", "b"}).class_of("x.jpg", 0);
  });
  return 0;
}
