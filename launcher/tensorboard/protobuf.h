#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lockstep {

/// The bytes of a message of Protocol Buffers, field by field, each under its number
/// (https://protobuf.dev/programming-guides/encoding). A message in a message is a field of bytes.
///
///     Protobuf().real(1, wall_time).integer(2, step).text(3, "brain.Event:2").bytes()
class Protobuf {
 public:
  Protobuf& integer(int field, std::int64_t value);   ///< int32, int64, bool or an enum
  Protobuf& real(int field, double value);            ///< double
  Protobuf& small_real(int field, double value);      ///< float
  Protobuf& text(int field, std::string_view value);  ///< string or bytes
  Protobuf& message(int field, const Protobuf& value) { return text(field, value.bytes_); }

  const std::string& bytes() const { return bytes_; }

 private:
  void tag(int field, int wire_type);
  void varint(std::uint64_t value);

  std::string bytes_;
};

/// `value` as so many bytes, the lowest first.
void append_little_endian(std::string& to, std::uint64_t value, int bytes);

}  // namespace lockstep
