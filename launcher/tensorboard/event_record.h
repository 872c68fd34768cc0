#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace lockstep {

/// What an event file says, as records of its bytes. The format is that of TensorBoard: a file is a
/// TFRecord file (https://www.tensorflow.org/tutorials/load_data/tfrecord: the length, its masked
/// CRC-32C, the data, its masked CRC-32C), each record an Event of tensorboard/compat/proto:
/// event.proto, summary.proto and plugins/hparams/plugin_data.proto have the numbers of the fields.
///
///     std::string file = version_record(now);
///     file += scalars_record({now, 20}, {{{"train/loss", 0.5}}});

/// When something was seen: seconds since 1970, and steps done.
struct EventTime {
  double wall_time = 0;
  std::int64_t step = 0;
};

/// A number; where it is not finite, TensorBoard draws a mark.
struct EventScalar {
  std::string tag;  ///< "train/loss"
  double value = 0;
  bool operator==(const EventScalar&) const = default;
};

/// A picture.
struct EventImage {
  std::string tag;
  int height = 0;
  int width = 0;
  int channels = 0;  ///< 1 or 3
  std::span<const std::byte> png;
};

/// The first record of every file.
std::string version_record(double wall_time);
/// Whoever reads a directory forgets all events of this step and later ones that it has read from
/// earlier files.
std::string session_start_record(const EventTime& at);
std::string scalars_record(const EventTime& at, std::span<const EventScalar> scalars);
std::string image_record(const EventTime& at, const EventImage& image);
/// What a run was given, for TensorBoard's HPARAMS; `true`, `false` and numbers are values of these
/// types, else a value is text. `group` names the run.
std::string hparams_record(const EventTime& at, const std::string& group,
                           std::span<const std::pair<std::string, std::string>> values);

}  // namespace lockstep
