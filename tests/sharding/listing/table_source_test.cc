#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/listing/open_source.h"
#include "tests/sharding/listing/table_fixture.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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
  expect(table("0.png,a\n1.png,b\n"), {"the first line must name the columns"});
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
                                    "gone.png: missing file: line 11",
                                    "5.pngx: malformed row: line 12: text after a closing quote"));
}

TEST_F(TableSource, OnePathInTwoSplitsIsALeakAndRejected) {
  const auto source =
      open_source(table("path,label,split\n0.png,a,train\n1.png,a,train\n1.png,a,valid\n"));
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 0.png = a"));
  EXPECT_THAT(list_faults(*source), ElementsAre(HasSubstr("two splits"), HasSubstr("two splits")));
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

// ---- labels as people write them

TEST_F(TableSource, FlagsServeAsSplits) {
  const auto source =
      open_source(table("path,label,is_valid\n0.png,a,False\n1.png,a,True\n2.png,a,0\n3.png,a,1\n"
                        "4.png,a,2\n"));
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 0.png = a", "train: 2.png = a",
                                                 "valid: 1.png = a", "valid: 3.png = a"));
  EXPECT_THAT(list_faults(*source), ElementsAre(HasSubstr("unknown split: line 6: '2'")));
  SourceOptions options = table("path,label,fold\n0.png,a,train\n1.png,a,0\n2.png,a,1\n");
  options.split_column = "fold";
  EXPECT_EQ(open_source(options)->faults().size(), 2u) << "folds are numbered too";
  options = table("path,label,is_test\n0.png,a,false\n1.png,a,true\n");
  options.split_column = "is_test";
  EXPECT_THAT(list_samples(*open_source(options)),
              ElementsAre("train: 0.png = a", "test: 1.png = a"));
}

TEST_F(TableSource, ColumnsAreFoundInAnyCase) {
  const auto source = open_source(table("Image , Label,SPLIT\n0.png,a,train\n1.png,a, Valid \n"));
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 0.png = a", "valid: 1.png = a"));
  expect_error(ExitCode::data, {"two columns", "'Label' and 'LABEL'"},
               [&] { open_source(table("path,Label,LABEL\n0.png,a,b\n")); });
}

TEST_F(TableSource, AnySeparatorAndNameWillDo) {
  for (const std::string text :
       {"path;label\n0.png;a\n1.png;b\n", "path|label\n0.png|a\n1.png|b\n",
        "path\tlabel\n0.png\ta\n1.png\tb\n", "path,label\r0.png,a\r1.png,b\r"}) {
    EXPECT_EQ(list_samples(*open_source(table(text, "t.CSV"))).size(), 2u) << text;
    write_text(root_ / "list.txt", text);
    SourceOptions options = source_at(root_.path());
    options.table = root_ / "list.txt";
    EXPECT_EQ(list_samples(*open_source(options)).size(), 2u) << text;
  }
  SourceOptions options = table("path:label\n0.png:a\n");
  expect_error(ExitCode::usage, {"--separator"}, [&] { open_source(options); });
  options.separator = ":";
  EXPECT_THAT(list_samples(*open_source(options)), ElementsAre("train: 0.png = a"));
  options.separator = "::";
  expect_error(ExitCode::usage, {"--separator '::'"}, [&] { open_source(options); });
}

// ---- paths as people write them

TEST_F(TableSource, PathsMayHaveSpacesBackslashesAndBeAbsolute) {
  write_text(root_ / "sub/6.png", png_bytes(2, 2, 1, 6));
  const auto source = open_source(
      table("path,label\n 0.png ,a\n.\\sub\\6.png,a\n" + (root_ / "1.png").string() + ",a\n"));
  EXPECT_THAT(list_samples(*source),
              ElementsAre("train: 0.png = a", "train: sub/6.png = a", "train: 1.png = a"));
}

TEST_F(TableSource, PathsThatLeaveTheSourceAreRefusedUnlessTheyAreAllowed) {
  const TemporaryDirectory elsewhere;
  write_text(elsewhere / "x.png", png_bytes(2, 2, 1, 6));
  const std::string outside = (elsewhere / "x.png").string();
  const std::string up = "../" + elsewhere.path().filename().string() + "/x.png";
  SourceOptions options =
      table("path,label\n0.png,a\n" + outside + ",a\nsub/../../x.png,a\n" + up + ",a\n");
  EXPECT_THAT(
      list_faults(*open_source(options)),
      ElementsAre(outside + ": outside SOURCE: line 3: --allow-outside takes such paths",
                  "../x.png: missing file: line 4", HasSubstr(up + ": outside SOURCE: line 5")));
  options.allow_outside = true;
  const auto source = open_source(options);
  EXPECT_EQ(list_samples(*source).size(), 3u);
  EXPECT_THAT(list_faults(*source), ElementsAre(HasSubstr("../x.png: missing file")));
}

TEST_F(TableSource, AnEndingThatMakesEveryRowAFileIsFound) {
  const auto source = open_source(table("id,label\n0,a\n1,b\n"));
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 0.png = a", "train: 1.png = b"));
  EXPECT_EQ(source->options().at("path_suffix"), ".png");
  EXPECT_THAT(source->notes(), ElementsAre(HasSubstr("with '.png'")));
  // Not where it makes only some of them files.
  expect_error(ExitCode::data, {"'0.png' exists; --path-suffix .png"},
               [&] { open_source(table("id,label\n0,a\n77,a\n")); });
  SourceOptions options = table("id,label\n0,a\n77,a\n1.png,a\n");
  for (const char* suffix : {".png", "png"}) {
    options.path_suffix = suffix;
    EXPECT_THAT(list_samples(*open_source(options)),
                ElementsAre("train: 0.png = a", "train: 1.png = a"));
  }
  options.path_suffix.clear();
  options.path_prefix = "x/";
  write_text(root_ / "x/77", png_bytes(2, 2, 1, 6));
  EXPECT_THAT(list_faults(*open_source(options)), ElementsAre(HasSubstr("x/0: missing file")));
  for (const char* prefix : {"x/", "x"}) {
    options.path_prefix = prefix;
    EXPECT_THAT(list_samples(*open_source(options)),
                ElementsAre("train: x/77 = a", "train: 1.png = a"));
  }
}

TEST_F(TableSource, AMissingFileSaysWhatIsThereInstead) {
  write_text(root_ / "scans/B.JPG", png_bytes(2, 2, 1, 6));
  write_text(root_ / "scans/c.png", png_bytes(2, 2, 1, 7));
  write_text(root_ / "one/d.png", png_bytes(2, 2, 1, 8));
  write_text(root_ / "two/d.png", png_bytes(2, 2, 1, 9));
  const auto source = open_source(
      table("path,label\n0.png,a\n1,a\n2.jpg,a\nscans/b.jpg,a\nc.png,a\nc,a\nd.png,a\nz.png,a\n"));
  EXPECT_THAT(
      list_faults(*source),
      ElementsAre("1: missing file: line 3: '1.png' exists; --path-suffix .png takes it",
                  "2.jpg: missing file: line 4: '2.png' exists; the ending differs",
                  "scans/b.jpg: missing file: line 5: 'scans/B.JPG' exists; the case differs",
                  "c.png: missing file: line 6: 'scans/c.png' exists; --path-prefix scans/ "
                  "takes it",
                  "c: missing file: line 7: 'scans/c.png' exists; --path-prefix scans/ "
                  "--path-suffix .png takes it",
                  HasSubstr("d.png: missing file: line 8: 2 files in sub-folders"),
                  "z.png: missing file: line 9"));
}

TEST_F(TableSource, PathsOfAnotherPlaceAreToldApartFromThoseThatLeave) {
  write_text(root_ / "b" / "9.png", png_bytes(3, 2, 3, 9));
  const std::string folder = root_.path().filename().string();
  const auto source =
      open_source(table(fmt::format("path,label\n/home/somebody/set/b/9.png,a\n..\\{}\\0.png,a\n"
                                    "caf\xe9.png,a\n../{}/b/../1.png,a\n",
                                    folder, folder)));
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 0.png = a", "train: 1.png = a"));
  EXPECT_THAT(list_faults(*source),
              testing::UnorderedElementsAre(
                  HasSubstr("line 2: 'b/9.png' exists; take '/home/somebody/set/' off the paths"),
                  HasSubstr("line 4: the path is not UTF-8; save the table as UTF-8")));
  expect_error(ExitCode::data, {"is not UTF-8; save the table as UTF-8"},
               [&] { open_source(table("path,label\n0.png,caf\xe9\n1.png,b\n")); });
  SourceOptions beside = source_at(root_.path());
  beside.table = "t.csv";
  expect_error(ExitCode::usage, {"there is no table 't.csv'", "t.csv' exists"},
               [&] { open_source(beside); });
}

TEST_F(TableSource, AFractionOfSingleGroupsSaysThatNoneIsDivided) {
  SourceOptions options = table("path,label,who\n0.png,a,x\n1.png,a,x\n2.png,b,y\n3.png,b,y\n");
  options.valid_fraction = 0.5;
  options.group_column = "who";
  expect_error(ExitCode::usage, {"each class has one group, and a group is never divided"},
               [&] { open_source(options); });
  SourceOptions single = table("path,label\n0.png,a\n1.png,b\n");
  single.valid_fraction = 0.5;
  expect_error(ExitCode::usage, {"each class has one image"}, [&] { open_source(single); });
}

TEST_F(TableSource, AGroupThatTheSourceDividesIsAnError) {
  SourceOptions options =
      table("path,label,split,who\n0.png,a,train,x\n1.png,b,train,y\n2.png,b,valid,x\n");
  options.group_column = "who";
  expect_error(ExitCode::data,
               {"the group 'x' is in two splits", "'0.png' in train", "'2.png' in valid"},
               [&] { open_source(options); });
  SourceOptions listed = table("path,label,who\n0.png,a,x\n1.png,b,y\n2.png,b,x\n");
  listed.group_column = "who";
  write_text(root_ / "v.txt", "2.png\n");
  listed.valid_list = root_ / "v.txt";
  expect_error(ExitCode::data, {"the group 'x' is in two splits"}, [&] { open_source(listed); });
}

TEST_F(TableSource, AListOfAllLeavesNothingToTrainOn) {
  SourceOptions options = table("path,label\n0.png,a\n1.png,b\n");
  write_text(root_ / "v.txt", "0.png\n1.png\n");
  options.valid_list = root_ / "v.txt";
  expect_error(ExitCode::usage, {"none is left to train on"}, [&] { open_source(options); });
}

TEST_F(TableSource, AClassWhoseFilesAreAllMissingIsAnError) {
  expect_error(ExitCode::data, {"all 2 samples of the class 'b'", "gone.png"}, [&] {
    open_source(table("path,label\n0.png,a\n1.png,a\ngone.png,b\nlost.png,b\n"));
  });
  expect_error(ExitCode::data, {"all 1 samples of the split 'valid'", "gone.png"},
               [&] { open_source(table("path,label,split\n0.png,a,train\ngone.png,a,valid\n")); });
}

TEST_F(TableSource, AListTakesWhatATableTakes) {
  write_text(root_ / "sub/6.png", png_bytes(2, 2, 1, 6));
  SourceOptions options =
      table("path,label\n0.png,a\n1.png,a\n2.png,a\n3.png,a\n4.png,a\nsub/6.png,a\n");
  options.valid_list = root_ / "valid.txt";
  write_text(options.valid_list, "\xef\xbb\xbf./0.png\r 1.png \r\r\"2.png\"\r" +
                                     (root_ / "3.png").string() + "\rsub\\6.png");
  EXPECT_THAT(list_samples(*open_source(options)),
              ElementsAre("train: 4.png = a", "valid: 0.png = a", "valid: 1.png = a",
                          "valid: 2.png = a", "valid: 3.png = a", "valid: sub/6.png = a"));
  write_text(options.valid_list, "0.png\n6.png\n");
  expect_error(ExitCode::usage, {"valid.txt", "'6.png'", "'sub/6.png' exists"},
               [&] { open_source(options); });
  options = table("id,label\n0,a\n1,a\n");
  options.valid_list = root_ / "valid.txt";
  write_text(options.valid_list, "1\n");
  EXPECT_THAT(list_samples(*open_source(options)),
              ElementsAre("train: 0.png = a", "valid: 1.png = a"));
}

// ---- targets as people write them

}  // namespace
}  // namespace lockstep
