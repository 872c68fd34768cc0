#pragma once

namespace lockstep {

/// The texts of all *.css and of all *.js here, which CMake puts into the program.
extern const char* const kPageCss;
extern const char* const kPageJs;

}  // namespace lockstep
