#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

/// A regular expression with one group, which picks a label or a group out of a file's name. Perl's
/// syntax (PCRE2), which is what Python's `re` users write; matching takes no stack and is limited,
/// so that no pattern can hang or crash (std::regex can do both). Any number of threads at once.
class LabelRegex {
 public:
  /// `option` is named in errors. Throws Error(usage) where the pattern is wrong or has not exactly
  /// one group.
  LabelRegex(const std::string& pattern, std::string_view option);
  ~LabelRegex();
  LabelRegex(LabelRegex&&) noexcept;
  LabelRegex& operator=(LabelRegex&&) noexcept;

  /// What the group matched, anywhere in `text`; std::nullopt where the pattern does not match or
  /// the group is empty. Throws Error(usage) where the pattern takes too long.
  std::optional<std::string> find(std::string_view text) const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace lockstep
