#include <random>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "core/error.h"
#include "imaging/codec/decode.h"
#include "imaging/codec/encode.h"
#include "launcher/pack_commands/inspect_command.h"
#include "launcher/report/augmented_sheet.h"
#include "launcher/report/inspect_grid.h"
#include "launcher/report/inspect_text.h"
#include "tests/sharding/feed/fake_dataset.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A grey row of pixels that no other `seed` has.
std::string row(unsigned seed) {
  std::mt19937 random(seed);
  std::string pixels(12, '\0');
  for (char& pixel : pixels) pixel = static_cast<char>(random() >> 24);
  return pixels;
}

class InspectTest : public testing::Test {
 protected:
  Pack write(const MemorySource& source) {
    write_pack(source, {.out = directory_ / "pack", .progress = {}});
    return Pack(directory_ / "pack");
  }
  static PackReport look(const Pack& pack, DuplicateSearch::Depth depth) {
    return {summarize(pack), depth, find_duplicates(pack, {.depth = depth, .progress = {}})};
  }
  static std::string text_of(const Pack& pack,
                             DuplicateSearch::Depth depth = DuplicateSearch::Depth::near) {
    return report_to_text(pack, look(pack, depth));
  }
  /// `classes` classes; class i has `samples(i)` samples in train.
  static MemorySource classes(int count, const std::function<int(int)>& samples) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) names.push_back(fmt::format("class{:04}", i));
    MemorySource source({LabelKind::int64, 1}, names);
    unsigned seed = 0;
    for (int i = 0; i < count; ++i) {
      for (int k = 0; k < samples(i); ++k) {
        source.add("train", fmt::format("{}/{}.png", i, k), row(seed++), i);
      }
    }
    return source;
  }

  TemporaryDirectory directory_;
};

TEST_F(InspectTest, AHealthyPackReadsCalmly) {
  const std::string text = text_of(write(classes(2, [](int) { return 3; })));
  EXPECT_THAT(text, HasSubstr("2 classes"));
  EXPECT_THAT(text, HasSubstr("all images are 12 x 1 pixels"));
  EXPECT_THAT(text, HasSubstr("all classes are equally large"));
  EXPECT_THAT(text, HasSubstr("duplicates   none"));
  for (const char* alarm : {"conflict", "leak", "rare", "--json", "nan", "inf"}) {
    EXPECT_THAT(text, Not(HasSubstr(alarm)));
  }
}

TEST_F(InspectTest, LargeImbalanceNamesTheClassesAndTheRemedy) {
  const std::string text = text_of(write(classes(3, [](int i) { return i == 1 ? 12 : 2; })));
  EXPECT_THAT(text, HasSubstr("6.0 to 1, largest 'class0001' to smallest 'class0000'"));
  EXPECT_THAT(text, HasSubstr("data.balance: oversample"));
}

TEST_F(InspectTest, OfManyClassesTheLargestAndSmallestAreListed) {
  const std::string text =
      text_of(write(classes(128, [](int i) { return 1 + i / 40; })), DuplicateSearch::Depth::exact);
  EXPECT_EQ(std::ranges::count(text, '\n') < 70, true) << text;
  EXPECT_THAT(text, HasSubstr("… 98 between; --json lists them"));
  EXPECT_THAT(text, HasSubstr("class0120"));
  EXPECT_THAT(text, HasSubstr("class0039"));
  EXPECT_THAT(text, Not(HasSubstr("class0060")));
}

TEST_F(InspectTest, TargetsHaveQuartilesAndAHistogram) {
  MemorySource source({LabelKind::float32, 1}, {}, {"age"});
  for (unsigned i = 0; i < 9; ++i) {
    source.add("train", std::to_string(i), row(i), -1, {static_cast<float>(10 * i)});
  }
  const Pack pack = write(source);
  const std::string text = text_of(pack);
  EXPECT_THAT(text, HasSubstr("labels       1 target\n"));
  EXPECT_THAT(text, testing::ContainsRegex("age +mean +std"));
  EXPECT_THAT(text, testing::ContainsRegex("train +40 +25.82 +0 +20 +40 +60 +80  █"));
  const auto json = report_to_json(pack, look(pack, DuplicateSearch::Depth::near));
  EXPECT_EQ(json["label_names"], std::vector{"age"});
  EXPECT_EQ(json["splits"]["train"]["targets"][0]["median"], 40);
  EXPECT_EQ(json["splits"]["train"]["targets"][0]["histogram"].size(), 16u);
  EXPECT_TRUE(json["splits"]["train"]["balance"].is_null());
}

TEST_F(InspectTest, FlagsAreCounted) {
  MemorySource source({LabelKind::uint8, 2}, {}, {"edema", "effusion"});
  for (unsigned i = 0; i < 4; ++i) {
    source.add("train", std::to_string(i), row(i), -1, {i > 2 ? 1.0f : 0.0f, 1});
  }
  const std::string text = text_of(write(source));
  EXPECT_THAT(text, testing::ContainsRegex("edema +1  ██████\n"));
  EXPECT_THAT(text, testing::ContainsRegex("effusion +4  ████"));
}

TEST_F(InspectTest, FlagsWithoutNamesAreNumbered) {
  MemorySource source({LabelKind::uint8, 1}, {});
  source.add("train", "a.png", row(0), -1, {1});
  const Pack pack = write(source);
  EXPECT_THAT(text_of(pack), testing::ContainsRegex("flag 1 +1  ██████"));
  const auto json = report_to_json(pack, look(pack, DuplicateSearch::Depth::exact));
  EXPECT_EQ(json["label_names"], std::vector{"flag 1"});
}

TEST_F(InspectTest, TwinsAreToldWithTheNamesOfTheirTargets) {
  MemorySource numbers({LabelKind::float32, 2}, {}, {"age", "mass"});
  numbers.add("train", "a.png", row(1), -1, {41, 70.5f});
  numbers.add("train", "b.png", row(1), -1, {42, 70.5f});
  EXPECT_THAT(text_of(write(numbers)), HasSubstr("'b.png' [age 42, mass 70.5]"));

  MemorySource flags({LabelKind::uint8, 3}, {}, {"edema", "effusion", "mass"});
  flags.add("train", "a.png", row(1), -1, {1, 0, 1});
  flags.add("train", "b.png", row(1), -1, {0, 0, 0});
  std::filesystem::remove_all(directory_ / "pack");
  const std::string text = text_of(write(flags));
  EXPECT_THAT(text, HasSubstr("'a.png' [edema, mass]"));
  EXPECT_THAT(text, HasSubstr("'b.png' [no flag]"));
}

TEST_F(InspectTest, LeaksAndConflictsAreNamedWithSourcesAndLabels) {
  MemorySource source({LabelKind::int64, 1}, {"cat", "dog"});
  source.add("train", "cats/a.png", row(1), 0);
  source.add("train", "dogs/b.png", row(2), 1);
  source.add("train", "dogs/c.png", row(3), 1);
  source.add("valid", "cats/d.png", row(2), 0);
  source.add("valid", "dogs/e.png", row(7), 1);
  const Pack pack = write(source);
  const std::string text = text_of(pack, DuplicateSearch::Depth::exact);
  const std::string line =
      "  exact      valid 0 'cats/d.png' [cat]\n           = train 1 'dogs/b.png' [dog]\n";
  EXPECT_THAT(text,
              HasSubstr("leaks        1 exact: images that are in an earlier split too\n" + line));
  EXPECT_THAT(text,
              HasSubstr("conflicts    1 exact: the same image with different labels\n" + line));
  EXPECT_LT(text.find("leaks"), text.find("duplicates   none"));
  EXPECT_THAT(text, HasSubstr("equal bytes only"));

  const auto json = report_to_json(pack, look(pack, DuplicateSearch::Depth::exact));
  EXPECT_EQ(json["duplicates"]["near"], false);
  EXPECT_TRUE(json["duplicates"]["flat_images"].is_null());
  const auto leak = json["duplicates"]["leaks"].at(0);
  EXPECT_EQ(leak["likeness"], "exact");
  EXPECT_EQ(leak["labels_differ"], true);
  EXPECT_EQ(leak["second"],
            (nlohmann::ordered_json{
                {"split", "valid"}, {"id", 0}, {"source", "cats/d.png"}, {"label", 0}}));
  EXPECT_EQ(leak["first"]["source"], "dogs/b.png");
}

TEST_F(InspectTest, TwentyOfAKindAreNamedAndJsonHasAll) {
  MemorySource source({LabelKind::none, 0}, {});
  for (unsigned i = 0; i < 30; ++i) source.add("train", std::to_string(i), row(1), -1);
  const Pack pack = write(source);
  const std::string text = text_of(pack, DuplicateSearch::Depth::exact);
  EXPECT_THAT(text, HasSubstr("29 exact"));
  EXPECT_THAT(text, HasSubstr("… and 9 more; --json lists them"));
  EXPECT_THAT(text, Not(HasSubstr("leaks")));
  const auto json = report_to_json(pack, look(pack, DuplicateSearch::Depth::exact));
  EXPECT_EQ(json["duplicates"]["repeats"].size(), 29u);
  EXPECT_TRUE(json["duplicates"]["repeats"][0]["first"]["label"].is_null());
}

TEST_F(InspectTest, AGridHasARowForEachClassAndIsTheSameForOneSeed) {
  const Pack pack = write(classes(3, [](int i) { return i == 2 ? 2 : 30; }));
  const std::vector<SplitSummary> splits = summarize(pack);
  const ContactSheet sheet = pack_sheet(pack, splits, 1);
  ASSERT_EQ(sheet.rows.size(), 3u);
  EXPECT_EQ(sheet.rows[0].label, "class0000");
  EXPECT_EQ(sheet.rows[0].note, "30 images");
  EXPECT_EQ(sheet.rows[0].cells.size(), 8u);
  EXPECT_EQ(sheet.rows[2].cells.size(), 2u);
  const auto drawn = [&](std::uint64_t seed) {
    return encode_png(draw_contact_sheet(pack_sheet(pack, splits, seed)).view());
  };
  EXPECT_EQ(drawn(1), drawn(1));
  EXPECT_NE(drawn(1), drawn(2));
}

TEST_F(InspectTest, AGridsRowShowsImagesOfItsClass) {
  // Every pixel of an image says its class.
  MemorySource source({LabelKind::int64, 1}, {"dark", "light"});
  for (unsigned i = 0; i < 40; ++i) {
    const bool light = i % 2 == 1;
    source.add("train", std::to_string(i), std::string(3 + i / 2, light ? '\xf0' : '\x20'), light);
  }
  const Pack pack = write(source);
  const ContactSheet sheet = pack_sheet(pack, summarize(pack), 3);
  for (std::size_t r = 0; r < 2; ++r) {
    std::vector<int> widths;
    for (const ContactSheet::Cell& cell : sheet.rows[r].cells) {
      EXPECT_EQ(*cell.picture.view().row(0), r == 1 ? 0xf0 : 0x20);
      widths.push_back(cell.picture.width());
    }
    std::ranges::sort(widths);
    EXPECT_EQ(std::ranges::adjacent_find(widths), widths.end()) << "an image was drawn twice";
  }
}

TEST_F(InspectTest, AGridOfManyClassesIsSpreadOverThem) {
  const Pack pack = write(classes(100, [](int i) { return i == 0 ? 0 : 1; }));
  const ContactSheet sheet = pack_sheet(pack, summarize(pack), 1);
  ASSERT_EQ(sheet.rows.size(), 24u);
  EXPECT_EQ(sheet.rows.front().label, "class0001");
  EXPECT_GT(sheet.rows.back().label, "class0090");
  EXPECT_THAT(sheet.title, HasSubstr("24 of 100 classes"));
}

TEST_F(InspectTest, AGridOfTargetsRisesAndWritesThem) {
  MemorySource source({LabelKind::float32, 1}, {}, {"age"});
  for (unsigned i = 0; i < 20; ++i) {
    source.add("train", std::to_string(i), row(i), -1, {static_cast<float>((i * 7) % 20)});
  }
  const Pack pack = write(source);
  const ContactSheet sheet = pack_sheet(pack, summarize(pack), 1);
  EXPECT_THAT(sheet.title, HasSubstr("by age"));
  ASSERT_EQ(sheet.rows.size(), 3u);
  EXPECT_EQ(sheet.rows[0].cells[0].caption, "0");
  EXPECT_EQ(sheet.rows[0].cells[7].caption, "7");
  EXPECT_EQ(sheet.rows[2].cells[3].caption, "19");
}

TEST_F(InspectTest, AGridOfSeveralTargetsNamesThemInItsTitle) {
  MemorySource source({LabelKind::float32, 4}, {}, {"age", "mass", "height", "dose"});
  source.add("train", "a.png", row(1), -1, {41, 70.5f, 180, 3});
  const Pack pack = write(source);
  const ContactSheet sheet = pack_sheet(pack, summarize(pack), 1);
  EXPECT_THAT(sheet.title, HasSubstr("1 image, by age; below: age, mass, height, .."));
  EXPECT_EQ(sheet.rows[0].cells[0].caption, "41, 70.5, 180, 3");
}

TEST_F(InspectTest, AGridOfFlagsWritesThoseThatAreSet) {
  MemorySource source({LabelKind::uint8, 2}, {}, {"edema", "effusion"});
  source.add("train", "a.png", row(1), -1, {0, 1});
  const Pack pack = write(source);
  EXPECT_EQ(pack_sheet(pack, summarize(pack), 1).rows[0].cells[0].caption, "effusion");
}

TEST(DrawableClass, FallsBackToTheNumber) {
  EXPECT_EQ(drawable_class("cat", 3), "cat");
  EXPECT_EQ(drawable_class("K\xc3\xa4tzchen", 3), "K?tzchen");
  EXPECT_EQ(drawable_class("\xe7\x8c\xab", 3), "class 3");
}

TEST_F(InspectTest, TheCommandWritesAPngAndRefusesAConfig) {
  write(classes(2, [](int) { return 3; }));
  std::ostringstream text;
  spdlog::logger log("test", std::make_shared<spdlog::sinks::ostream_sink_st>(text));
  InspectCommand command;
  command.target = directory_ / "pack";
  command.grid = directory_ / "grid.png";
  command.json = true;
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_inspect(command, log), ExitCode::ok);
  const auto json = nlohmann::json::parse(testing::internal::GetCapturedStdout());
  EXPECT_EQ(json["splits"]["train"]["samples"], 6);
  Image image;
  const std::string png = read_text(command.grid);
  decode(std::as_bytes(std::span(png)), image, 3);
  EXPECT_GT(image.width(), 3 * 96);

  write_text(directory_ / "a.yaml", "data: {pack: p}\n");
  command.target = directory_ / "a.yaml";
  expect_error(ExitCode::usage, {"a.yaml", "--augmented"}, [&] { run_inspect(command, log); });
}

TEST_F(InspectTest, JsonStaysValidWhereAFileNameIsNoUtf8) {
  MemorySource source({LabelKind::none, 0}, {});
  source.add("train", "caf\xe9.png", row(1), -1);
  source.add("train", "copy.png", row(1), -1);
  write(source);
  InspectCommand command;
  command.target = directory_ / "pack";
  command.json = true;
  std::ostringstream text;
  spdlog::logger log("test", std::make_shared<spdlog::sinks::ostream_sink_st>(text));
  testing::internal::CaptureStdout();
  run_inspect(command, log);
  const auto json = nlohmann::json::parse(testing::internal::GetCapturedStdout());
  EXPECT_EQ(json["duplicates"]["repeats"][0]["first"]["source"], "caf\xef\xbf\xbd.png");
}

TEST_F(InspectTest, AnAugmentedSheetShowsThePlainImageThenEachEpochsDraw) {
  const Pack pack = write(classes(10, [](int) { return 1; }));
  const auto dataset = std::make_shared<FakeDataset>(20, 12, 12, 3);
  BatchLoaderOptions options;
  options.height = options.width = 12;
  options.mean = {0.5f, 0.4f, 0.3f};
  options.std = {0.2f, 0.25f, 0.3f};
  options.augment = {.crop_padding = 4, .flip = FlipKind::horizontal};
  options.seed = 5;
  options.workers = 2;
  const ContactSheet sheet = augmented_sheet(pack.label_names(), dataset, options);
  EXPECT_EQ(sheet.rows.size(), 8u);
  EXPECT_EQ(sheet.headings.size(), 9u);
  EXPECT_EQ(sheet.headings[0], "plain");
  EXPECT_EQ(sheet.cell_side, 96);
  int changed = 0;
  for (const ContactSheet::Row& row : sheet.rows) {
    ASSERT_EQ(row.cells.size(), 9u);
    const std::uint64_t id = std::stoull(row.note.substr(row.note.find(' ')));
    EXPECT_EQ(row.label, fmt::format("class{:04}", id % 10));
    const Image& plain = row.cells[0].picture;
    for (std::size_t i = 0; i < plain.size_bytes(); ++i) {
      ASSERT_EQ(plain.view().pixels[i], FakeDataset::pixel(id, i)) << i;
    }
    for (std::size_t draw = 1; draw < 9; ++draw) {
      changed += !std::equal(plain.view().pixels, plain.view().pixels + plain.size_bytes(),
                             row.cells[draw].picture.view().pixels);
    }
  }
  EXPECT_GT(changed, 56);  // of 64; an image stays as it is once in 162 draws
}

TEST_F(InspectTest, ALargeAugmentedImageIsShrunkToItsCell) {
  const Pack pack = write(classes(10, [](int) { return 1; }));
  const auto dataset = std::make_shared<FakeDataset>(3, 40, 50, 1);
  BatchLoaderOptions options;
  options.height = 200;
  options.width = 320;
  options.channels = 1;
  options.mean = {0};
  options.std = {1};
  options.workers = 0;
  const ContactSheet sheet = augmented_sheet(pack.label_names(), dataset, options);
  EXPECT_EQ(sheet.cell_side, 160);
  EXPECT_EQ(sheet.rows.size(), 3u);
  EXPECT_EQ(sheet.rows[0].cells[0].picture.width(), 160);
  EXPECT_EQ(sheet.rows[0].cells[0].picture.height(), 100);
}

}  // namespace
}  // namespace lockstep
