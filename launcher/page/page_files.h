#pragma once

namespace lockstep {

/// The texts of page.css with pictures.css, and of page.js, which CMake puts into the program.
extern const char* const kPageCss;
extern const char* const kPageJs;

}  // namespace lockstep
