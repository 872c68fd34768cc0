#include "sharding/table/delimited_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sharding/pack_fixture.h"

namespace lockstep {
namespace {

using testing::ElementsAre;

using Rows = std::vector<std::vector<std::string>>;

Rows read_rows(std::string_view text, char delimiter = ',') {
  DelimitedText table(text, delimiter);
  Rows rows;
  for (std::vector<std::string> fields; table.next(fields);) rows.push_back(fields);
  return rows;
}

TEST(DelimitedText, ReadsWhatRfc4180Says) {
  EXPECT_EQ(read_rows("a,b\n1,2\n"), (Rows{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(read_rows("a,b\r\n1,\r\n,"), (Rows{{"a", "b"}, {"1", ""}, {"", ""}}));
  EXPECT_EQ(read_rows("\xef\xbb\xbf"
                      "a\nb"),
            (Rows{{"a"}, {"b"}}));
  EXPECT_EQ(read_rows("\"a,\"\"b\"\"\",\"\"\n\"line\nend\",x"),
            (Rows{{"a,\"b\"", ""}, {"line\nend", "x"}}));
  EXPECT_EQ(read_rows("a\tb,c\n", '\t'), (Rows{{"a", "b,c"}}));
  EXPECT_EQ(read_rows("\n\r\na\n\n"), (Rows{{"a"}}));
  EXPECT_EQ(read_rows(""), Rows{});
  EXPECT_EQ(read_rows("sep=;\r\na;b\r\n", ';'), (Rows{{"a", "b"}}));
  EXPECT_EQ(read_rows("a,b\r\r1,2\r"), (Rows{{"a", "b"}, {"1", "2"}}));
  EXPECT_EQ(read_rows("a\rb,c\n1,2\n"), (Rows{{"a\rb", "c"}, {"1", "2"}}));
}

TEST(DelimitedText, CountsLinesAndTellsBadQuotes) {
  DelimitedText table("a\n\"1\n2\"\n\"x\"y\nz", ',');
  std::vector<std::string> fields;
  std::vector<std::string> lines;
  while (table.next(fields)) {
    lines.push_back(fmt::format("{} {} {}", table.line(), fields[0], table.malformed() != nullptr));
  }
  EXPECT_THAT(lines, ElementsAre("1 a false", "2 1\n2 false", "4 xy true", "5 z false"));
  expect_error(ExitCode::data, {"line 2", "never closed"}, [] { read_rows("a\n\"b\nc\nd"); });
  expect_error(ExitCode::data, {"UTF-16"}, [] {
    read_rows(
        "\xff\xfe"
        "a");
  });
  expect_error(ExitCode::data, {"zero bytes", "UTF-8"},
               [] { read_rows(std::string_view("a\0,\0b\0", 6)); });
}

TEST(DelimitedText, ALineOfNothingButSeparatorsTakesLittleMemory) {
  expect_error(ExitCode::data, {"line 2", "more than 131072 fields"},
               [] { read_rows("a,b\n" + std::string(1 << 20, ',')); });
}

TEST(Separator, IsThatOfTheNameElseTheMostFrequentInTheHeader) {
  EXPECT_EQ(find_separator("a,b;c;d\n", "t.csv"), ',');
  EXPECT_EQ(find_separator("a\tb,c,d\n", "t.tsv"), '\t');
  EXPECT_EQ(find_separator("a;b\n1,5;2,5\n", "t.csv"), ';');
  EXPECT_EQ(find_separator("\n\na|b\n", "t.CSV"), '|');
  EXPECT_EQ(find_separator("\"a,b,c\";d\n", "t.csv"), ';');
  EXPECT_EQ(find_separator("a,b\n", "t.txt"), ',');
  EXPECT_EQ(find_separator("a\n", "t.csv"), ',');
  EXPECT_EQ(find_separator("sep=;\na,b;c\n", "t.csv"), ';');
  EXPECT_EQ(parse_separator("tab"), '\t');
  EXPECT_EQ(parse_separator(";"), ';');
  expect_error(ExitCode::usage, {"--separator ''"}, [] { parse_separator(""); });
}

}  // namespace
}  // namespace lockstep
