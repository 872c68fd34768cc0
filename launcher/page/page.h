#pragma once

#include <string>
#include <string_view>

namespace lockstep {

/// A whole document of HTML that needs no other file and no network. `title` is escaped here,
/// `body` is HTML already. page.css styles its elements; page.js makes a `table.sortable` sort, an
/// `input.filter` filter the table whose id its data-table names, and a chart tell its values.
std::string page(std::string_view title, std::string_view body);

}  // namespace lockstep
