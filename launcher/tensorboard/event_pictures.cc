#include "launcher/tensorboard/event_pictures.h"

#include "launcher/tensorboard/crc32c.h"
#include "launcher/tensorboard/protobuf.h"

namespace lockstep {
namespace {

constexpr std::size_t kLength = 8, kChecksum = 4;

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string_view data_of(std::string_view record) {
  return record.substr(kLength + kChecksum, record.size() - kLength - 2 * kChecksum);
}

/// Takes the next record of a TFRecord file away from it, with its frame; empty: no whole one is
/// left.
std::string_view take_record(std::string_view& file) {
  constexpr std::size_t kFrame = kLength + 2 * kChecksum;
  if (file.size() < kFrame) return {};
  const std::uint64_t length = little_endian(file.substr(0, kLength));
  if (length > file.size() - kFrame) return {};
  const std::string_view record = file.substr(0, kFrame + length);
  if (masked_crc32c(data_of(record)) != little_endian(record.substr(record.size() - kChecksum)))
    return {};
  file.remove_prefix(record.size());
  return record;
}

/// The field of a message, the last one of that number, as Protocol Buffers have it.
ProtobufFields::Value field(std::string_view message, int number) {
  ProtobufFields::Value value;
  for (ProtobufFields fields(message); fields.next();) {
    if (fields.number() == number) value = fields.value();
  }
  return value;
}

}  // namespace

PictureRecords picture_records(std::string_view file, std::int64_t last_step) {
  constexpr int kStep = 2, kSummary = 5, kValue = 1, kImage = 4;
  PictureRecords pictures;
  for (std::string_view record = take_record(file); !record.empty(); record = take_record(file)) {
    const std::string_view event = data_of(record);
    const std::int64_t step = field(event, kStep).integer;
    const std::string_view summary = field(event, kSummary).text;
    const bool is_picture = !field(field(summary, kValue).text, kImage).text.empty();
    if (is_picture && step > 0 && step <= last_step) pictures.records += record;
  }
  pictures.is_whole = file.empty();
  return pictures;
}

}  // namespace lockstep
