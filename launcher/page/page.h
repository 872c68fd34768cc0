#pragma once

#include <string>
#include <string_view>

namespace lockstep {

/// The maker of the pages that a report can show.
inline constexpr const char* kPicturesMaker = "lockstep eval --pictures";

/// A whole document of HTML that needs no other file and no network. `title` is escaped here,
/// `body` is HTML already. page.css styles its elements; page.js makes a `table.sortable` sort, an
/// `input.filter` filter the table whose id its data-table names, and a chart tell its values.
/// `maker` is the command that writes it: "lockstep report".
std::string page(std::string_view title, std::string_view body, std::string_view maker);

/// Whether `html` is a page that this command has written.
bool is_page_of(std::string_view html, std::string_view maker);

}  // namespace lockstep
