#include "core/storage/safetensors.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto content = FuzzInput(data, size).rest();
  parse_input([&] {
    const SafetensorsFile file("x.safetensors", content);
    std::size_t bytes = 0;
    unsigned sum = 0;
    for (const TensorView& tensor : file.tensors()) {
      expect(file.find(tensor.name) == &tensor, "a tensor is found by its name");
      bytes += tensor.bytes.size();
      for (const std::byte byte : tensor.bytes) sum += std::to_integer<unsigned>(byte);
    }
    expect(bytes <= size && (bytes == 0 || sum <= 255 * bytes), "the tensors lie in the file");
  });
  return 0;
}
