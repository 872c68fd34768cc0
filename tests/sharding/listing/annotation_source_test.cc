#include <gmock/gmock.h>

#include "sharding/listing/open_source.h"
#include "tests/sharding/archive_fixture.h"
#include "tests/sharding/listing/table_fixture.h"

namespace lockstep {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

using AnnotationSource = TableSource;

constexpr const char* kFurniture = R"({"info": {"url": "x", "id": 9},
  "images": [{"url": ["http://h/a.jpg"], "image_id": 1}, {"url": ["http://h/b.jpg"], "image_id": 2},
             {"url": ["http://h/c.jpg"], "image_id": 9}],
  "annotations": [{"image_id": 1, "label_id": 10}, {"label_id": 2, "image_id": 2},
                  {"image_id": 9, "label_id": 2}], "licenses": []})";

TEST_F(AnnotationSource, IMaterialistNamesFilesByTheirIds) {
  const auto source = open_source(table(kFurniture, "train.json"));
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 1.png = 10", "train: 2.png = 2"));
  EXPECT_THAT(list_faults(*source), ElementsAre(HasSubstr("9.png: missing file: images[2]")));
}

TEST_F(AnnotationSource, AFolderCalledLikeTheFileHasItsImages) {
  write_text(root_ / "photos/train/1.jpg", jpeg_bytes(4, 4, 3, 1));
  write_text(root_ / "photos/train/2.jpg", jpeg_bytes(4, 4, 3, 2));
  write_text(root_ / "photos/validation/1.jpg", jpeg_bytes(4, 4, 3, 3));
  write_text(root_ / "photos/train.json", kFurniture);
  write_text(root_ / "photos/validation.json",
             R"({"images": [{"image_id": 1}], "annotations": [{"image_id": 1, "label_id": 2}]})");
  SourceOptions options = source_at(root_ / "photos/train.json");
  options.valid_table = root_ / "photos/validation.json";
  EXPECT_THAT(list_samples(*open_source(options)),
              ElementsAre("train: train/1.jpg = 10", "train: train/2.jpg = 2",
                          "valid: validation/1.jpg = 2"));
  // The same out of an archive.
  write_archive(root_ / "all.zip", entries_of(root_ / "photos"));
  options.source = root_ / "all.zip/train.json";
  options.valid_table = root_ / "all.zip/validation.json";
  EXPECT_THAT(list_samples(*open_source(options)),
              ElementsAre("train: train/1.jpg = 10", "train: train/2.jpg = 2",
                          "valid: validation/1.jpg = 2"));
}

constexpr const char* kCoco = R"({"images": [{"id": 7, "file_name": "0.png", "license": 1},
    {"id": 8, "file_name": "1.png"}, {"id": 9, "file_name": "2.png"}],
  "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "segmentation": [[1, 2], [3]]},
    {"id": 2, "image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4]},
    {"id": 3, "image_id": 7, "category_id": 3}, {"id": 4, "image_id": 8, "category_id": 1},
    {"id": 5, "image_id": 77, "category_id": 1}],
  "categories": [{"id": 1, "name": "cat"}, {"id": 3, "name": "dog"}]})";

TEST_F(AnnotationSource, CocoHasFlagsWithTheNamesOfItsCategories) {
  SourceOptions options = table(kCoco, "instances.json");
  options.task = LabelTask::multilabel;
  const auto source = open_source(options);
  EXPECT_THAT(source->label_names(), ElementsAre("cat", "dog"));
  EXPECT_THAT(list_samples(*source),
              ElementsAre("train: 0.png = 1 1", "train: 1.png = 1 0", "train: 2.png = 0 0"));
  EXPECT_THAT(source->notes(), Contains(HasSubstr("1 annotations are of images")));
}

TEST_F(AnnotationSource, AnImageOfOneClassHasOneLabel) {
  const auto source = open_source(table(kCoco, "instances.json"));
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 1.png = cat"));
  EXPECT_THAT(list_faults(*source), UnorderedElementsAre(HasSubstr("0.png: conflicting rows"),
                                                         HasSubstr("2.png: no label")));
}

TEST_F(AnnotationSource, FashionHasSeveralLabelsInOneAnnotation) {
  SourceOptions options = table(
      R"({"images": [{"url": "http://h/x/0.png?s=1", "imageId": "500"}],
          "annotations": [{"labelId": ["95", "66"], "imageId": "500"}]})",
      "train.json");
  options.task = LabelTask::multilabel;
  const auto source = open_source(options);
  EXPECT_THAT(list_samples(*source), ElementsAre("train: 0.png = 1 1"));
  EXPECT_THAT(source->label_names(), ElementsAre("66", "95"));
}

TEST_F(AnnotationSource, WhatCannotBeReadSaysWhy) {
  const auto expect = [&](const char* text, const std::vector<std::string>& words) {
    expect_error(ExitCode::data, words, [&] { open_source(table(text, "t.json")); });
  };
  expect("{", {"t.json", "not JSON"});
  expect("[]", {"\"images\" is needed"});
  expect("{}", {"no \"images\""});
  expect(R"({"images": [{"id": 1, "file_name": "0.png"}]})", {"--unlabelled"});
  expect(R"({"images": [{"file_name": "0.png"}], "annotations": []})", {"images[0]", "image_id"});
  expect(R"({"images": [{"id": 1}, {"id": 1}], "annotations": []})",
         {"two images have the id '1'"});
}

}  // namespace
}  // namespace lockstep
