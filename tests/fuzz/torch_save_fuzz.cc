#include <set>
#include <vector>

#include "models/saved/torch_save.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

namespace {

/// Reads the first and the last element of each tensor that is anywhere in the pickle.
void find_tensors(const TorchSave& saved) {
  std::vector<const PickleValue*> open = {&saved.pickle.root()};
  std::set<const PickleValue*> seen;
  unsigned sum = 0;
  while (!open.empty()) {
    const PickleValue* value = open.back();
    open.pop_back();
    if (!seen.insert(value).second) continue;
    open.insert(open.end(), value->items.begin(), value->items.end());
    if (value->kind != PickleValue::Kind::tensor) continue;
    parse_input([&] {
      const SavedTensor tensor = find_tensor(*value, saved.storages);
      expect(!tensor.bytes.empty(), "a tensor has an element");
      sum += std::to_integer<unsigned>(tensor.bytes.front());
      sum += std::to_integer<unsigned>(tensor.bytes.back());
    });
  }
  expect(sum <= 510 * seen.size(), "the elements were read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = FuzzInput(data, size).rest();
  if (!is_torch_save(bytes)) return 0;
  parse_input([&] { find_tensors(open_torch_save(bytes)); });
  return 0;
}
