#include <vector>

#include "sharding/format/index_record.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const LabelType type{static_cast<LabelKind>(input.byte() % 4), 1 + input.byte() % 5u};
  const RecordLimits limits{.encoding = static_cast<Encoding>(input.byte() % 3),
                            .label = type,
                            .classes = input.byte(),
                            .bytes = input.number<8>(),
                            .features = input.byte()};
  const auto bytes = input.take(type.record_bytes());
  if (bytes.size() < type.record_bytes()) return 0;
  SampleRecord record;
  std::int64_t label = 0;
  std::vector<float> targets;
  decode_record(type, bytes, record, label, targets);
  if (find_impossible(limits, record, label, targets) != nullptr) return 0;
  expect(record.offset <= limits.bytes && record.size <= limits.bytes - record.offset,
         "a possible sample lies in /bytes");
  return 0;
}
