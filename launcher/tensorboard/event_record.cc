#include "launcher/tensorboard/event_record.h"

#include <charconv>
#include <cmath>

#include "core/printable.h"
#include "launcher/tensorboard/crc32c.h"
#include "launcher/tensorboard/protobuf.h"

namespace lockstep {
namespace {

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  append_little_endian(text, value, bytes);
  return text;
}

std::string framed(const Protobuf& event) {
  const std::string length = little_endian(event.bytes().size(), 8);
  return length + little_endian(masked_crc32c(length), 4) + event.bytes() +
         little_endian(masked_crc32c(event.bytes()), 4);
}

Protobuf event(const EventTime& at) { return Protobuf().real(1, at.wall_time).integer(2, at.step); }

std::string summary_record(const EventTime& at, const Protobuf& summary) {
  return framed(event(at).message(5, summary));
}

/// A google.protobuf.Value.
Protobuf typed_value(const std::string& text) {
  if (text == "true" || text == "false") return Protobuf().integer(4, text == "true" ? 1 : 0);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number =
      error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
  return is_number ? Protobuf().real(2, number) : Protobuf().text(3, printable(text));
}

}  // namespace

std::string version_record(double wall_time) {
  return framed(Protobuf().real(1, wall_time).text(3, "brain.Event:2"));
}

std::string session_start_record(const EventTime& at) {
  constexpr int kStart = 1;
  return framed(event(at).message(7, Protobuf().integer(1, kStart)));
}

std::string scalars_record(const EventTime& at, std::span<const EventScalar> scalars) {
  Protobuf summary;
  for (const EventScalar& scalar : scalars) {
    summary.message(1, Protobuf().text(1, printable(scalar.tag)).small_real(2, scalar.value));
  }
  return summary_record(at, summary);
}

std::string image_record(const EventTime& at, const EventImage& image) {
  const std::string_view png(reinterpret_cast<const char*>(image.png.data()), image.png.size());
  const Protobuf picture = Protobuf()
                               .integer(1, image.height)
                               .integer(2, image.width)
                               .integer(3, image.channels)
                               .text(4, png);
  return summary_record(
      at, Protobuf().message(1, Protobuf().text(1, printable(image.tag)).message(4, picture)));
}

std::string hparams_record(const EventTime& at, const std::string& group,
                           std::span<const std::pair<std::string, std::string>> values) {
  Protobuf session;
  for (const auto& [name, value] : values) {
    session.message(1, Protobuf().text(1, printable(name)).message(2, typed_value(value)));
  }
  session.text(4, printable(group)).real(5, at.wall_time);
  const Protobuf plugin_data = Protobuf().integer(1, 0).message(3, session);  // version 0
  const Protobuf metadata =
      Protobuf().message(1, Protobuf().text(1, "hparams").message(2, plugin_data));
  return summary_record(
      at, Protobuf().message(
              1, Protobuf().text(1, "_hparams_/session_start_info").message(9, metadata)));
}

}  // namespace lockstep
