#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <sys/types.h>

#include "core/file.h"

namespace lockstep {

/// What a child process may use.
struct ChildLimits {
  std::uint64_t memory_bytes = std::uint64_t{4} << 30;  ///< more than this process has
  std::chrono::milliseconds silence{120'000};           ///< from one message to the next
  /// Of a processor, from one message to the next: what loops is found, a slow disk is not. 0: any.
  std::chrono::seconds computing{0};
  /// Of the message where the child crashes: what is wrong then, and what to do.
  std::string_view advice = "the file is damaged: get it again";
  std::string_view memory_advice = "the file is damaged";  ///< where it needs too much memory
};

/// Work that may crash, hang or take all memory, done in a child process (a fork): a library that
/// is not made for damaged files. The child sends messages, which come in order; the work must not
/// rely on other threads, and what it changes in memory is lost. Not thread-safe; make it in a
/// thread that lives as long as it.
///
///     ChildStream stream("'x.h5' cannot be read: HDF5", {}, [&](const ChildStream::Send& send) {
///       for (const auto& row : read_rows("x.h5")) send(row);
///     });
///     while (stream.next(message)) use(message);
class ChildStream {
 public:
  using Send = std::function<void(std::span<const std::byte>)>;
  using Work = std::function<void(const Send& send)>;

  /// `subject` begins the message of the Error where the child ends without an answer.
  ChildStream(std::string subject, const ChildLimits& limits, const Work& work);
  /// Ends the child if it still runs.
  ~ChildStream();
  ChildStream(const ChildStream&) = delete;
  ChildStream& operator=(const ChildStream&) = delete;

  /// The next message; false where the work is done. Throws the Error that the work threw, and
  /// Error(data) where the child crashed, or exceeded its limits.
  bool next(std::vector<std::byte>& message);
  /// The next message, which must be there: as it is, as text, as a plain struct, or as several.
  void next_bytes(std::vector<std::byte>& message);
  std::string next_text();
  template <typename T>
  T next_value() {
    const std::vector<T> values = next_values<T>();
    if (values.size() != 1) fail_without_answer();
    return values[0];
  }
  template <typename T>
  std::vector<T> next_values() {
    static_assert(std::is_trivially_copyable_v<T>);
    std::vector<std::byte> message;
    next_bytes(message);
    std::vector<T> values(message.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), message.data(), values.size() * sizeof(T));
    return values;
  }

 private:
  void read_exactly(std::span<std::byte> bytes);
  void wait_for_bytes();
  [[noreturn]] void fail_without_answer();
  void end();

  std::string subject_;
  ChildLimits limits_;
  pid_t pid_ = -1;
  UniqueFd pipe_;
  std::vector<std::byte> buffer_;
  std::span<const std::byte> unread_;  ///< of the buffer
};

}  // namespace lockstep
