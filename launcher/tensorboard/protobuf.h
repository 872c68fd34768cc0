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

/// The fields of a message, one after the other, as far as they are whole.
///
///     ProtobufFields fields(bytes);
///     while (fields.next()) if (fields.number() == 2) step = fields.value().integer;
class ProtobufFields {
 public:
  explicit ProtobufFields(std::string_view bytes) : rest_(bytes) {}

  struct Value {
    std::int64_t integer = 0;    ///< of Protobuf::integer
    std::string_view text = {};  ///< of Protobuf::text and Protobuf::message
  };

  /// Goes to the next one; false: there is none, or what comes is not a whole one.
  bool next();
  int number() const { return number_; }
  const Value& value() const { return value_; }

 private:
  bool read_varint(std::uint64_t& value);
  bool skip(std::size_t bytes);

  std::string_view rest_;
  int number_ = 0;
  Value value_;
};

/// `value` as so many bytes, the lowest first.
void append_little_endian(std::string& to, std::uint64_t value, int bytes);

}  // namespace lockstep
