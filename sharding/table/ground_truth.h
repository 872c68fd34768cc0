#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// The classes of images that lie in one folder, as ImageNet has them for its validation set.
///
///     const GroundTruth truth(text, class_list);
///     truth.class_of("val_1.JPEG", 0)    // the image's name, and its number in their sorted names
class GroundTruth {
 public:
  /// `text`: a class a line, one for each image in the order of their names; or the image's name
  /// (with or without its ending), a space, comma or tab, its class, and what follows. A class is a
  /// name, or, where `classes` are given, a number: from 0 where one is 0, else from 1.
  /// Throws Error(usage).
  GroundTruth(std::string_view text, std::vector<std::string> classes);

  /// Empty where it has none.
  std::string class_of(const std::string& file, std::size_t number) const;
  /// The lines, where they have no names; else 0.
  std::size_t count() const { return in_order_.size(); }

 private:
  std::string class_named(std::string_view text) const;

  std::vector<std::string> classes_;
  std::size_t first_number_ = 1;
  std::vector<std::string> in_order_;
  std::map<std::string, std::string, std::less<>> by_name_;
};

/// The first word of each line: `n01440764 tench, Tinca tinca`, or `n01440764` alone.
std::vector<std::string> read_class_list(std::string_view text);

}  // namespace lockstep
