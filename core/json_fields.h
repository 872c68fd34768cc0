#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/error.h"

namespace lockstep {

/// From `min` to `max`.
struct NumberRange {
  double min = std::numeric_limits<double>::lowest();
  double max = std::numeric_limits<double>::max();
};

/// The fields of a JSON object that was read from a file, which is not trusted: a field that is
/// missing, of another type or out of range is an Error that names it.
///
///     const JsonFields file(json, ExitCode::data);
///     for (const JsonFields& shard : file.object("train").objects("shards")) {
///       shard.integer<std::uint64_t>("samples", 1);  // "'train.shards[0].samples' is -3, not
///     }                                              //  a whole number of at least 1"
///
/// `Json` is nlohmann::json, or nlohmann::ordered_json, which keeps the order of keys.
template <typename Json>
class JsonFields {
 public:
  /// Throws where `json` is not an object; it must outlive this. `path` names it in messages, and
  /// is empty for a whole file. All errors have `code`.
  JsonFields(const Json& json, ExitCode code, std::string path = {});

  bool has(std::string_view key) const;
  std::vector<std::string> keys() const;
  /// The field as it is, for what the following do not read.
  const Json& at(std::string_view key) const;

  JsonFields object(std::string_view key) const;
  std::vector<JsonFields> objects(std::string_view key) const;  ///< of a list
  std::string text(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;
  double number(std::string_view key, NumberRange range = {}) const;
  std::vector<double> numbers(std::string_view key, NumberRange range = {}) const;
  /// Whole numbers from `min` to `max`.
  std::vector<std::int64_t> integers(
      std::string_view key, std::int64_t min = std::numeric_limits<std::int64_t>::min(),
      std::int64_t max = std::numeric_limits<std::int64_t>::max()) const;

  /// A whole number from `min` to `max`, which are by default what `Integer` holds.
  template <std::integral Integer>
  Integer integer(std::string_view key, Integer min = std::numeric_limits<Integer>::min(),
                  Integer max = std::numeric_limits<Integer>::max()) const {
    if constexpr (std::signed_integral<Integer>) {
      return static_cast<Integer>(signed_integer(key, min, max));
    } else {
      return static_cast<Integer>(unsigned_integer(key, min, max));
    }
  }

 private:
  std::string path_of(std::string_view key) const;
  std::string item_path(std::string_view key, std::size_t index) const;
  const Json& list(std::string_view key) const;
  std::int64_t signed_integer(std::string_view key, std::int64_t min, std::int64_t max) const;
  std::uint64_t unsigned_integer(std::string_view key, std::uint64_t min, std::uint64_t max) const;

  const Json* json_;
  ExitCode code_;
  std::string path_;
};

extern template class JsonFields<nlohmann::json>;
extern template class JsonFields<nlohmann::ordered_json>;

}  // namespace lockstep
