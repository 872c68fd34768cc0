#include <gmock/gmock.h>

#include "sharding/listing/open_source.h"
#include "tests/sharding/archive_fixture.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Two shards to train on and one to validate.
class WebdatasetSource : public testing::Test {
 protected:
  WebdatasetSource() {
    write_archive(root_ / "set/x-train-0000.tar",
                  {sample("a", 1), sample("a.mask", 9), cls("a", "10"),
                   json("a", R"({"label": "cat", "tags": ["p", "q"]})"), sample("c", 2),
                   json("c", R"({"label": "dog", "tags": ["q"]})"), cls("c", "2\n")});
    write_archive(root_ / "set/x-train-0001.tar", {sample("a", 3), cls("a", "2"), sample("z", 4)});
    write_archive(root_ / "set/x-val-0000.tar", {sample("v", 5), cls("v", "10")});
  }

  static std::pair<std::string, std::string> sample(const std::string& key, unsigned seed) {
    return {key + ".jpg", jpeg_bytes(4, 4, 3, seed)};
  }
  static std::pair<std::string, std::string> cls(const std::string& key, const std::string& text) {
    return {key + ".cls", text};
  }
  static std::pair<std::string, std::string> json(const std::string& key, const std::string& text) {
    return {key + ".json", text};
  }

  TemporaryDirectory root_;
};

TEST_F(WebdatasetSource, ShardsAreReadWithTheirSplitsAndNumbers) {
  const auto source = source_of(root_ / "set");
  EXPECT_EQ(source->classes().size(), 11u);
  EXPECT_THAT(list_samples(*source),
              ElementsAre("train: x-train-0000/a.jpg = 10", "train: x-train-0000/c.jpg = 2",
                          "train: x-train-0001/a.jpg = 2", "valid: x-val-0000/v.jpg = 10"));
  EXPECT_THAT(list_faults(*source), ElementsAre(HasSubstr("x-train-0001/z.jpg: no label")));
}

TEST_F(WebdatasetSource, AFieldOfTheJsonIsTheLabel) {
  SourceOptions options = source_at(root_ / "set/x-train-0000.tar");
  options.label_columns = {"label"};
  EXPECT_THAT(list_samples(*open_source(options)),
              ElementsAre("train: a.jpg = cat", "train: c.jpg = dog"));
  options.label_columns = {"tags"};
  options.task = LabelTask::multilabel;
  const auto source = open_source(options);
  EXPECT_THAT(source->label_names(), ElementsAre("p", "q"));
  EXPECT_THAT(list_samples(*source), ElementsAre("train: a.jpg = 1 1", "train: c.jpg = 0 1"));
  options.label_columns = {"none"};
  expect_error(ExitCode::data, {"no field 'none'"}, [&] { open_source(options); });
}

TEST_F(WebdatasetSource, ClassesGetTheirNames) {
  write_text(root_ / "names.csv", "2,dog\n10,cat\n");
  SourceOptions options = source_at(root_ / "set");
  options.class_names = root_ / "names.csv";
  EXPECT_THAT(open_source(options)->classes(), ElementsAre("cat", "dog"));
}

}  // namespace
}  // namespace lockstep
