#include "core/names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/message_of.h"

namespace lockstep {
namespace {

enum class Colour { red, blue };
constexpr EnumName<Colour> kColourNames[] = {{Colour::red, "red"}, {Colour::blue, "blue"}};
constexpr std::span<const EnumName<Colour>> enum_names(Colour) { return kColourNames; }

TEST(Names, GoBothWays) {
  static_assert(name_of(Colour::blue) == "blue");
  static_assert(find_name<Colour>("red") == Colour::red);
  EXPECT_EQ(find_name<Colour>("Red"), std::nullopt);
  EXPECT_EQ(find_name<Colour>(""), std::nullopt);
  EXPECT_EQ(known_names<Colour>(), "red, blue");
  EXPECT_EQ(known_names<Colour>("|"), "red|blue");
}

TEST(Names, AnUnknownOneIsAnErrorWithTheKnown) {
  EXPECT_EQ(parse_name<Colour>("blue", "colour", ExitCode::data), Colour::blue);
  EXPECT_EQ(
      message_of(ExitCode::data, [&] { parse_name<Colour>("green", "colour", ExitCode::data); }),
      "unknown colour 'green'; known are: red, blue");
}

}  // namespace
}  // namespace lockstep
