#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/listing/open_source.h"
#include "sharding/table/delimited_text.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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
}

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

TEST_F(TableSource, TakesPathsAndClassesByTheUsualNames) {
  EXPECT_THAT(list_samples(*open_source(table("path,label\n1.png,b\n./0.png,a\n"))),
              ElementsAre("train: 1.png = b", "train: 0.png = a"));
  EXPECT_THAT(list_samples(*open_source(table("id\tclass\tfilename\n7\tx,y\t2.png\n", "t.tsv"))),
              ElementsAre("train: 2.png = x,y"));
}

TEST_F(TableSource, MayStandElsewhereAndHaveASplitColumn) {
  const TemporaryDirectory elsewhere;
  write_text(elsewhere / "t.csv",
             "f,c,split\n0.png,a,train\n1.png,b,TRAIN\n2.png,a,val\n3.png,b,test\n4.png,b,?\n");
  SourceOptions options = source_at(root_.path());
  options.table = elsewhere / "t.csv";
  options.path_column = "f";
  options.label_columns = {"c"};
  const auto source = open_source(options);
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 0.png = a", "train: 1.png = b",
                                                 "valid: 2.png = a", "test: 3.png = b"));
  EXPECT_THAT(list_faults(*source), ElementsAre(HasSubstr("4.png: unknown split: line 6: '?'")));
  EXPECT_THAT(source->notes(), ElementsAre(HasSubstr("column 'split'")));
}

TEST_F(TableSource, ColumnsThatAreMissingAreToldWithThoseThatAreThere) {
  const auto expect = [&](SourceOptions options, const std::vector<std::string>& words) {
    expect_error(ExitCode::usage, words, [&] { open_source(options); });
  };
  expect(table("x,y\n1.png,b\n"), {"t.csv", "--path-column", "x, y"});
  expect(table("path,y\n1.png,b\n"), {"--label-columns", "path, y"});
  SourceOptions options = table("path,y\n1.png,b\n");
  options.label_columns = {"z"};
  expect(options, {"no column 'z'", "path, y"});
  options.label_columns = {"y"};
  options.group_column = "patient";
  expect(options, {"no column 'patient' (--group)"});
  options.group_column.clear();
  options.label_columns = {"y", "y"};
  options.task = LabelTask::multilabel;
  expect(options, {"'y' twice"});
  options.task = LabelTask::classification;
  options.label_columns = {"y", "path"};
  expect(options, {"2 columns", "--task regression"});
  expect_error(ExitCode::data, {"empty"}, [&] { open_source(table("")); });
  expect_error(ExitCode::data, {"no rows"}, [&] { open_source(table("path,label\n")); });
  expect_error(ExitCode::data, {"two columns named 'path'"},
               [&] { open_source(table("path,label,path\n1.png,a,b\n")); });
}

TEST_F(TableSource, BadRowsAreRejectedByTheirLine) {
  const auto source = open_source(
      table("path,label\n0.png,a\n1.png\n,a\n2.png,\n3.png,a\n3.png,a\n4.png,a\n4.png,b\n4.png,b\n"
            "gone.png,a\n\"5.png\"x,a\n"));
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 0.png = a", "train: 3.png = a"));
  EXPECT_THAT(
      list_faults(*source),
      testing::UnorderedElementsAre("1.png: malformed row: line 3: 1 fields where the header has 2",
                                    ": malformed row: line 4: no path", "2.png: no label: line 5",
                                    "3.png: duplicate row: line 7: as line 6",
                                    "4.png: conflicting rows: line 8: the path has two labels",
                                    "4.png: conflicting rows: line 9: the path has two labels",
                                    "4.png: conflicting rows: line 10: the path has two labels",
                                    "gone.png: missing file",
                                    "5.pngx: malformed row: line 12: text after a closing quote"));
}

TEST_F(TableSource, OnePathInTwoSplitsIsALeakAndRejected) {
  const auto source =
      open_source(table("path,label,split\n0.png,a,train\n1.png,a,train\n1.png,a,valid\n"));
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 0.png = a"));
  EXPECT_THAT(list_faults(*source), ElementsAre(HasSubstr("two splits"), HasSubstr("two splits")));
}

TEST_F(TableSource, NumbersAreTargets) {
  SourceOptions options = table(
      "path,age,weight\n0.png,1.5,-2e3\n1.png,nan,1\n2.png,x,1\n3.png,,1\n4.png,+7, 8 \n"
      "5.png,1,inf\n");
  options.task = LabelTask::regression;
  options.label_columns = {"age", "weight"};
  const auto source = open_source(options);
  EXPECT_EQ(source->label_type(), (LabelType{LabelKind::float32, 2}));
  EXPECT_TRUE(source->classes().empty());
  EXPECT_THAT(source->label_names(), ElementsAre("age", "weight"));
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 0.png = 1.5 -2000", "train: 4.png = 7 8"));
  EXPECT_THAT(list_faults(*source),
              ElementsAre("1.png: bad target: line 3: column 'age' is 'nan'",
                          "2.png: bad target: line 4: column 'age' is 'x'",
                          "3.png: no label: line 5: column 'age' is ''",
                          "5.png: bad target: line 7: column 'weight' is 'inf'"));
}

TEST_F(TableSource, FlagsAreZeroOrOne) {
  SourceOptions options = table("path,cat,dog\n0.png,1,0\n1.png,2,0\n");
  options.task = LabelTask::multilabel;
  options.label_columns = {"cat", "dog"};
  const auto source = open_source(options);
  EXPECT_EQ(source->label_type(), (LabelType{LabelKind::uint8, 2}));
  EXPECT_THAT(source->label_names(), ElementsAre("cat", "dog"));
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 0.png = 1 0"));
  EXPECT_THAT(list_faults(*source), ElementsAre(HasSubstr("1.png: bad target: line 3")));
}

TEST_F(TableSource, AGroupColumnKeepsAPatientOnOneSideAndMustBeFilled) {
  SourceOptions options = table(
      "path,label,patient\n0.png,a,p\n1.png,a,p\n2.png,a,q\n3.png,a,q\n4.png,a,\n5.png,a,r\n");
  options.group_column = "patient";
  options.valid_fraction = 0.4;
  const auto source = open_source(options);
  std::map<std::string, std::string> split_of;
  for (const std::string& line : list_samples(*source)) {
    split_of[line.substr(7, 5)] = line.substr(0, 5);
  }
  EXPECT_EQ(split_of.size(), 5u);
  EXPECT_EQ(split_of["0.png"], split_of["1.png"]);
  EXPECT_EQ(split_of["2.png"], split_of["3.png"]);
  EXPECT_GE(source->splits().at(1).samples, 2u);  // whole groups only
  EXPECT_LE(source->splits().at(1).samples, 3u);
  EXPECT_THAT(list_faults(*source), ElementsAre("4.png: no group: line 6"));
}

TEST_F(TableSource, GroupsAreSplitAlsoWhereLabelsAreNoClasses) {
  SourceOptions options =
      table("path,age,patient\n0.png,1,p\n1.png,2,p\n2.png,3,q\n3.png,4,q\n4.png,5,r\n5.png,6,r\n");
  options.task = LabelTask::regression;
  options.label_columns = {"age"};
  options.group_column = "patient";
  options.valid_fraction = 0.34;
  const auto source = open_source(options);
  ASSERT_EQ(source->splits().size(), 2u);
  EXPECT_EQ(source->splits()[0].samples, 4u);
  EXPECT_EQ(source->splits()[1].samples, 2u);
}

TEST_F(TableSource, WithoutLabelsItIsAListOfFiles) {
  SourceOptions options = table("path\n3.png\n1.png\n");
  options.unlabelled = true;
  options.test_fraction = 0;
  const auto source = open_source(options);
  EXPECT_THAT(list_samples(*source), ElementsAre("test: 3.png = ", "test: 1.png = "));
}

}  // namespace
}  // namespace lockstep
