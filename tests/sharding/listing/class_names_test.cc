#include "sharding/table/class_names.h"

#include <gmock/gmock.h>

#include "sharding/listing/open_source.h"
#include "tests/sharding/listing/table_fixture.h"

namespace lockstep {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(ClassNames, AreReadFromColumnsWordsAndJson) {
  EXPECT_THAT(read_class_names("n.csv", "1,chair\n2,\"table, round\"\n"),
              ElementsAre(Pair("1", "chair"), Pair("2", "table, round")));
  EXPECT_THAT(read_class_names("n.txt", "1\tchair\n2\tsofa bed\n"),
              ElementsAre(Pair("1", "chair"), Pair("2", "sofa bed")));
  EXPECT_THAT(read_class_names("synset_words.txt", "n01 tench, Tinca tinca\nn02 goldfish\n"),
              ElementsAre(Pair("n01", "tench, Tinca tinca"), Pair("n02", "goldfish")));
  EXPECT_THAT(read_class_names("n.json", R"({"1": "chair", "2": "sofa"})"),
              ElementsAre(Pair("1", "chair"), Pair("2", "sofa")));
  EXPECT_THAT(read_class_names("n.json", R"({"0": ["n01", "tench"]})"),
              ElementsAre(Pair("0", "tench"), Pair("n01", "tench")));
  EXPECT_THAT(read_class_names("n.json", R"({"categories": [{"id": 5, "name": "cat"}]})"),
              ElementsAre(Pair("5", "cat")));
}

TEST(ClassNames, ThatAreUnclearAreRefused) {
  const auto expect = [](const char* file, const char* text,
                         const std::vector<std::string>& words) {
    expect_error(ExitCode::usage, words, [&] { read_class_names(file, text); });
  };
  expect("n.csv", "1,a\n1,b\n", {"n.csv", "'1' has two names"});
  expect("n.csv", "1,a,c\n", {"line 1 has 3 columns"});
  expect("n.csv", "", {"no name"});
  expect("n.json", R"({"1": 2})", {"'1' has neither"});
}

class ClassNamesOfTable : public TableSource {
 protected:
  SourceOptions named(SourceOptions options, std::string_view names) {
    write_text(root_ / "names.csv", names);
    options.class_names = root_ / "names.csv";
    return options;
  }
};

TEST_F(ClassNamesOfTable, ThoseOfOneNameBecomeOneClass) {
  const char* text = "path,label\n0.png,1\n1.png,2\n2.png,3\n3.png,4\n0.png,2\nno.png,1\n";
  const auto source = open_source(named(table(text), "1,seat\n2,seat\n3,bed\n"));
  EXPECT_THAT(source->classes(), ElementsAre("4", "bed", "seat"));
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 0.png = seat", "train: 1.png = seat",
                                                 "train: 2.png = bed", "train: 3.png = 4"));
  // 1 and 2 are the same label now, so the second row repeats the first.
  EXPECT_THAT(list_faults(*source),
              ElementsAre(HasSubstr("no.png: missing file"), HasSubstr("0.png: duplicate row")));
  EXPECT_THAT(source->notes(), Contains(HasSubstr("no name for 1 of 4 classes (the first: 4)")));
  EXPECT_THAT(source->notes(), Contains(HasSubstr("4 classes became 3")));
}

TEST_F(ClassNamesOfTable, FlagsAreMergedToo) {
  SourceOptions options = table("path,label\n0.png,1|3\n1.png,2\n");
  options.task = LabelTask::multilabel;
  options.label_separator = "|";
  const auto source = open_source(named(options, "1,seat\n2,seat\n3,bed\n"));
  EXPECT_THAT(source->label_names(), ElementsAre("bed", "seat"));
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 0.png = 1 1", "train: 1.png = 0 1"));
}

TEST_F(ClassNamesOfTable, NamesOfOtherClassesAreRefused) {
  expect_error(ExitCode::usage, {"a name for none of the 1 classes", "'x'", "'1'"},
               [&] { open_source(named(table("path,label\n0.png,x\n"), "1,seat\n")); });
}

TEST_F(ClassNamesOfTable, OneRowALabelMakesFlags) {
  SourceOptions options = table("path,label\n0.png,a\n1.png,b\n./0.png,b\n0.png,a\n2.png,a b\n");
  options.task = LabelTask::multilabel;
  options.rows = TableRows::label;
  const auto source = open_source(options);
  EXPECT_THAT(source->label_names(), ElementsAre("a", "a b", "b"));
  EXPECT_THAT(list_samples(*source),
              ElementsAre("train: 0.png = 1 0 1", "train: 1.png = 0 0 1", "train: 2.png = 0 1 0"));
  EXPECT_THAT(list_faults(*source), ElementsAre());
}

TEST_F(ClassNamesOfTable, RowsOfOneImageInTwoSplitsStayAFault) {
  SourceOptions options = table("path,label,split\n0.png,a,train\n0.png,a,valid\n1.png,a,train\n");
  options.task = LabelTask::multilabel;
  options.rows = TableRows::label;
  EXPECT_THAT(list_faults(*open_source(options)),
              ElementsAre(HasSubstr("two splits"), HasSubstr("two splits")));
  options.task = LabelTask::classification;
  expect_error(ExitCode::usage, {"--rows label", "--task multi_label"},
               [&] { open_source(options); });
}

TEST_F(ClassNamesOfTable, FilesAreFoundByTheirNamesInAnyFolder) {
  write_text(root_ / "b1/images/x.png", png_bytes(2, 2, 3, 0));
  write_text(root_ / "b2/images/y.png", png_bytes(2, 2, 3, 1));
  SourceOptions options = table("path,label\nx.png,a\ny.png,b\nz.png,b\n");
  options.find_by_name = true;
  const auto source = open_source(options);
  EXPECT_THAT(list_samples(*source),
              ElementsAre("train: b1/images/x.png = a", "train: b2/images/y.png = b"));
  EXPECT_THAT(list_faults(*source), ElementsAre(HasSubstr("z.png: missing file")));
  write_text(root_ / "b2/images/x.png", png_bytes(2, 2, 3, 0));
  expect_error(ExitCode::data, {"two files", "'x.png'"}, [&] { open_source(options); });
}

}  // namespace
}  // namespace lockstep
