#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lockstep {

/// Texts are escaped where they become HTML.
struct HtmlCell {
  std::string text = {};
  std::optional<double> value = {};  ///< by which a number is sorted
  bool is_marked = false;            ///< with another ground
};

struct HtmlColumn {
  std::string name;
  bool is_number = false;  ///< on the right, and sorted by `value`
};

/// A table of texts and numbers.
struct HtmlTable {
  std::string id = {};  ///< of a table that sorts by a click on its head and has a filter; or empty
  std::vector<HtmlColumn> columns = {};
  std::vector<std::vector<HtmlCell>> rows = {};  ///< as many cells as columns
};

/// It scrolls by itself where it is wider than the page.
std::string table_html(const HtmlTable& table);

}  // namespace lockstep
