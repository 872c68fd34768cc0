#include "launcher/tensorboard/protobuf.h"

#include <bit>

namespace lockstep {
namespace {

constexpr int kVarint = 0, kEightBytes = 1, kLengthFirst = 2, kFourBytes = 5;

}  // namespace

void append_little_endian(std::string& to, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to.push_back(static_cast<char>(value >> 8 * i & 0xff));
}

Protobuf& Protobuf::integer(int field, std::int64_t value) {
  tag(field, kVarint);
  varint(static_cast<std::uint64_t>(value));
  return *this;
}

Protobuf& Protobuf::real(int field, double value) {
  tag(field, kEightBytes);
  append_little_endian(bytes_, std::bit_cast<std::uint64_t>(value), 8);
  return *this;
}

Protobuf& Protobuf::small_real(int field, double value) {
  tag(field, kFourBytes);
  append_little_endian(bytes_, std::bit_cast<std::uint32_t>(static_cast<float>(value)), 4);
  return *this;
}

Protobuf& Protobuf::text(int field, std::string_view value) {
  tag(field, kLengthFirst);
  varint(value.size());
  bytes_ += value;
  return *this;
}

bool ProtobufFields::next() {
  value_ = {};
  std::uint64_t tag = 0, value = 0;
  if (!read_varint(tag)) return false;
  number_ = static_cast<int>(tag >> 3 & 0x1fffffff);
  switch (tag & 7) {
    case kVarint:
      if (!read_varint(value)) return false;
      value_.integer = static_cast<std::int64_t>(value);
      return true;
    case kEightBytes:
      return skip(8);
    case kFourBytes:
      return skip(4);
    case kLengthFirst:
      if (!read_varint(value) || value > rest_.size()) return false;
      value_.text = rest_.substr(0, value);
      return skip(value);
    default:
      return false;
  }
}

bool ProtobufFields::read_varint(std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool ProtobufFields::skip(std::size_t bytes) {
  if (bytes > rest_.size()) return false;
  rest_.remove_prefix(bytes);
  return true;
}

void Protobuf::tag(int field, int wire_type) {
  varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire_type));
}

void Protobuf::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>((value & 0x7f) | 0x80));
  bytes_.push_back(static_cast<char>(value));
}

}  // namespace lockstep
