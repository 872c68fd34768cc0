#include "sharding/listing/source_kind.h"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using enum SourceKind;

TEST(SourceKind, IsToldByTheNameAndByWhatIsThere) {
  const TemporaryDirectory root;
  write_text(root / "t.csv", "path\n");
  write_text(root / "a.h5", "");
  write_text(root / "a.txt", "");
  write_text(root / "images/cats/1.png", "");
  write_idx_split(root / "mnist", "train", 3);
  SourceOptions options = source_at(root / "t.csv");
  EXPECT_EQ(find_source_kind(options), table);
  EXPECT_EQ(find_source_kind(source_at(root / "a.h5")), arrays);
  EXPECT_EQ(find_source_kind(source_at(root / "images")), folder);
  EXPECT_EQ(find_source_kind(source_at(root / "mnist")), idx);
  options = source_at(root / "images");
  options.table = root / "t.csv";
  EXPECT_EQ(find_source_kind(options), table);
  options.source = root / "a.h5";
  expect_error(ExitCode::usage, {"a.h5", "--table"}, [&] { find_source_kind(options); });
  expect_error(ExitCode::usage, {"a.txt", ".csv", ".h5"},
               [&] { find_source_kind(source_at(root / "a.txt")); });
  expect_error(ExitCode::data, {"gone"}, [&] { find_source_kind(source_at(root / "gone")); });
}

TEST(SourceKind, AnOptionOfAnotherKindIsRefusedWithTheKindsThatTakeIt) {
  struct Case {
    const char* option;
    std::function<void(SourceOptions&)> give;
    std::vector<SourceKind> taken_by;
  };
  const std::vector<Case> cases{
      {"--task", [](auto& o) { o.task = LabelTask::regression; }, {table, arrays}},
      {"--unlabelled", [](auto& o) { o.unlabelled = true; }, {folder, table, arrays}},
      {"--folders", [](auto& o) { o.folders = FolderMeaning::classes; }, {folder}},
      {"--label-regex", [](auto& o) { o.label_regex = "(.)"; }, {folder}},
      {"--group-regex", [](auto& o) { o.group_regex = "(.)"; }, {folder}},
      {"--label-from", [](auto& o) { o.regex_subject = RegexSubject::path; }, {folder}},
      {"--table", [](auto& o) { o.table = "t.csv"; }, {table}},
      {"--path-column", [](auto& o) { o.path_column = "name"; }, {table}},
      {"--label-columns", [](auto& o) { o.label_columns = {"x"}; }, {table}},
      {"--split-column", [](auto& o) { o.split_column = "name"; }, {table}},
      {"--group", [](auto& o) { o.group_column = "name"; }, {table}},
      {"--separator", [](auto& o) { o.separator = "tab"; }, {table}},
      {"--path-prefix", [](auto& o) { o.path_prefix = "x/"; }, {table}},
      {"--path-suffix", [](auto& o) { o.path_suffix = ".png"; }, {table}},
      {"--allow-outside", [](auto& o) { o.allow_outside = true; }, {table}},
      {"--label-separator", [](auto& o) { o.label_separator = " | "; }, {table}},
      {"--images-dataset", [](auto& o) { o.images_dataset = "name"; }, {arrays}},
      {"--labels-dataset", [](auto& o) { o.labels_dataset = "name"; }, {arrays}},
      {"--valid-list", [](auto& o) { o.valid_list = "list"; }, {folder, table, arrays, idx}},
      {"--test-list", [](auto& o) { o.test_list = "list"; }, {folder, table, arrays, idx}},
      {"--limit", [](auto& o) { o.limit = 3; }, {folder, table, arrays, idx}},
      {"--samples", [](auto& o) { o.samples = 9; }, {synthetic}},
      {"--size", [](auto& o) { o.size = 9; }, {synthetic}},
      {"--channels", [](auto& o) { o.channels = SyntheticChannels::rgb; }, {synthetic}},
  };
  for (const Case& one : cases) {
    SourceOptions options = source_at("here");
    one.give(options);
    for (const SourceKind kind : {folder, table, arrays, idx, synthetic}) {
      if (std::ranges::find(one.taken_by, kind) != one.taken_by.end()) {
        EXPECT_NO_THROW(check_source_options(kind, options)) << one.option;
        continue;
      }
      const std::string first = fmt::format("{} does not go with {}", one.option,
                                            kind == synthetic ? "--synthetic" : "'here'");
      expect_error(ExitCode::usage,
                   {first, std::string(name_of(kind)), std::string(name_of(one.taken_by[0]))},
                   [&] { check_source_options(kind, options); });
    }
  }
}

TEST(SourceKind, IsEitherASourceOrSynthetic) {
  SourceOptions options;
  expect_error(ExitCode::usage, {"no SOURCE", "--synthetic"}, [&] { find_source_kind(options); });
  options.synthetic = SyntheticKind::blobs;
  EXPECT_EQ(find_source_kind(options), synthetic);
  options.source = "images";
  expect_error(ExitCode::usage, {"SOURCE ('images')", "--synthetic"},
               [&] { find_source_kind(options); });
}

TEST(SourceKind, LabelsByPatternAndNoLabelsContradict) {
  SourceOptions options = source_at("here");
  options.label_regex = "(.)";
  options.unlabelled = true;
  expect_error(ExitCode::usage, {"--label-regex", "--unlabelled"},
               [&] { check_source_options(folder, options); });
}

}  // namespace
}  // namespace lockstep
