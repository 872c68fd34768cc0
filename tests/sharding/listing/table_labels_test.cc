#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/listing/open_source.h"
#include "tests/sharding/listing/table_fixture.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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
  EXPECT_THAT(
      list_faults(*source),
      ElementsAre("1.png: bad target: line 3: column 'age' is 'nan'",
                  "2.png: bad target: line 4: column 'age' is 'x'",
                  "3.png: no label: line 5: column 'age' is ''",
                  "5.png: bad target: line 7: column 'weight' is 'inf'; finite numbers of float32 "
                  "(up to 3.4e38) are taken"));
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

TEST_F(TableSource, NamesOfClassesAreTrimmedAndInOneFormOfUnicode) {
  const auto source =
      open_source(table("path,label\n0.png,a\n1.png, a\n2.png,\"a \"\n3.png,Caf\xc3\xa9\n"
                        "4.png,Cafe\xcc\x81\n5.png,\xc2\xa0"
                        "a\n"));
  EXPECT_THAT(source->classes(), ElementsAre("Caf\xc3\xa9", "a"));
  EXPECT_TRUE(source->faults().empty());
}

TEST_F(TableSource, NamesThatDifferByCaseAloneAreToldAndStayTwo) {
  const auto source = open_source(table("path,label\n0.png,cat\n1.png,Cat\n2.png,dog\n"));
  EXPECT_EQ(source->classes().size(), 3u);
  EXPECT_THAT(source->notes(), ElementsAre(HasSubstr("'Cat' and 'cat' differ by case alone")));
}

TEST_F(TableSource, WhatStandsForNoValueIsNoClassAndNoGroup) {
  SourceOptions options = table(
      "path,label,patient\n0.png,a,p\n1.png,nan,p\n2.png,None,p\n3.png, NA,p\n4.png,  ,p\n"
      "5.png,a,NaN\n");
  options.group_column = "patient";
  const auto source = open_source(options);
  EXPECT_THAT(source->classes(), ElementsAre("a"));
  EXPECT_THAT(list_faults(*source),
              testing::UnorderedElementsAre(HasSubstr("1.png: no label: line 3: 'nan' stands for"),
                                            HasSubstr("2.png: no label: line 4: 'None'"),
                                            HasSubstr("3.png: no label: line 5: 'NA'"),
                                            HasSubstr("4.png: no label: line 6"),
                                            HasSubstr("5.png: no group: line 7")));
  options.classes = {"a", "NA"};
  EXPECT_THAT(open_source(options)->classes(), ElementsAre("NA", "a"));
}

TEST_F(TableSource, NumbersThatAreNoneSayWhy) {
  SourceOptions options = table(
      "path,label\n0.png,\"1,000\"\n1.png,1e39\n2.png,1e400\n3.png,1e-600\n4.png,2 cm\n5.png,1\n");
  options.task = LabelTask::regression;
  const auto source = open_source(options);
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 3.png = 0", "train: 5.png = 1"));
  EXPECT_THAT(list_faults(*source),
              ElementsAre(HasSubstr("nothing between its thousands"), HasSubstr("up to 3.4e38"),
                          HasSubstr("up to 3.4e38"), HasSubstr("--target-regex")));
}

TEST_F(TableSource, ANumberIsTakenOutOfATextAndHasARange) {
  SourceOptions options = table("path,age\n0.png,058Y\n1.png,411Y\n2.png,Y\n3.png,-3Y\n4.png,7Y\n");
  options.task = LabelTask::regression;
  options.label_columns = {"age"};
  expect_error(ExitCode::data, {"--target-regex takes a number"}, [&] { open_source(options); });
  options.target_regex = R"(^(-?\d+)Y$)";
  options.target_min = 0;
  options.target_max = 120;
  const auto source = open_source(options);
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 0.png = 58", "train: 4.png = 7"));
  EXPECT_THAT(
      list_faults(*source),
      ElementsAre("1.png: target out of range: line 3: column 'age' is '411Y': more than "
                  "--target-max 120",
                  HasSubstr("2.png: bad target: line 4: column 'age' is 'Y', which --target-regex"),
                  HasSubstr("3.png: target out of range: line 5")));
  EXPECT_EQ(source->options().at("target_max"), "120");
  options.target_max = -1;
  expect_error(ExitCode::usage, {"--target-min 0 is more"}, [&] { open_source(options); });
  options.task = LabelTask::multilabel;
  expect_error(ExitCode::usage, {"--task regression"}, [&] { open_source(options); });
}

TEST_F(TableSource, SeveralNamesInACellAreFlags) {
  SourceOptions options =
      table("path,labels\n0.png,cat|dog\n1.png, dog \n2.png,ant| cat|\n3.png,\n4.png,|\n");
  expect_error(ExitCode::usage, {"--label-separator", "--task multi_label"}, [&] {
    SourceOptions other = options;
    other.label_separator = std::string(1, '|');
    open_source(other);
  });
  EXPECT_THAT(open_source(options)->notes(),
              ElementsAre(HasSubstr("'cat|dog' looks like several")));
  options.task = LabelTask::multilabel;
  options.label_separator = std::string(1, '|');
  const auto source = open_source(options);
  EXPECT_EQ(source->label_type(), (LabelType{LabelKind::uint8, 3}));
  EXPECT_THAT(source->label_names(), ElementsAre("ant", "cat", "dog"));
  EXPECT_THAT(list_samples(*source),
              ElementsAre("train: 0.png = 0 1 1", "train: 1.png = 0 0 1", "train: 2.png = 1 1 0"));
  EXPECT_THAT(list_faults(*source), ElementsAre(HasSubstr("3.png: no label: line 5"),
                                                HasSubstr("4.png: no label: line 6")));
}

TEST_F(TableSource, AMissingValueAmongNamesIsNoFlag) {
  SourceOptions options = table("path,label\n0.png,a|NA\n1.png,a|b\n2.png,nan\n");
  options.task = LabelTask::multilabel;
  options.label_separator = std::string(1, '|');
  const auto source = open_source(options);
  EXPECT_THAT(source->label_names(), ElementsAre("a", "b"));
  EXPECT_THAT(list_faults(*source), ElementsAre(HasSubstr("'NA' stands for no value"),
                                                HasSubstr("column 'label' is 'nan'")));
}

}  // namespace
}  // namespace lockstep
