#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {

/// A folder of six images, 0.png to 5.png, and tables in it.
class TableSource : public testing::Test {
 protected:
  TableSource() {
    for (unsigned i = 0; i < 6; ++i) {
      write_text(root_ / fmt::format("{}.png", i), png_bytes(3, 2, 3, i));
    }
  }

  SourceOptions table(std::string_view text, const std::string& name = "t.csv") {
    write_text(root_ / name, text);
    return source_at(root_ / name);
  }

  TemporaryDirectory root_;
};

}  // namespace lockstep
