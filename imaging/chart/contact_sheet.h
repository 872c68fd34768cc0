#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "imaging/pixels/image.h"

namespace lockstep {

/// Rows of small pictures with text beside and below them. Texts are UTF-8; characters outside
/// ASCII are drawn as '?' (printable_ascii).
struct ContactSheet {
  struct Cell {
    Image picture;        ///< grey or RGB, no side longer than `cell_side`; enlarged by a whole
                          ///< factor where it fits more than once
    std::string caption;  ///< below the picture
  };
  struct Row {
    std::string label;  ///< to the left
    std::string note;   ///< below the label, paler
    std::vector<Cell> cells;
  };

  std::string title;
  int cell_side = 96;                 ///< pixels
  std::vector<std::string> headings;  ///< above the columns
  std::vector<Row> rows;
};

/// The layout of a sheet, in pixels.
struct SheetLayout {
  int height = 0;
  int width = 0;
  int left = 0;          ///< x of the first column's cells
  int top = 0;           ///< y of the first row's cells
  int column_pitch = 0;  ///< from one cell to the next
  int row_pitch = 0;
  int label_width = 0;  ///< room for labels; longer ones are cut

  int x(std::size_t column) const { return left + static_cast<int>(column) * column_pitch; }
  int y(std::size_t row) const { return top + static_cast<int>(row) * row_pitch; }
};

SheetLayout layout_of(const ContactSheet& sheet);

/// The sheet in RGB.
Image draw_contact_sheet(const ContactSheet& sheet);

}  // namespace lockstep
