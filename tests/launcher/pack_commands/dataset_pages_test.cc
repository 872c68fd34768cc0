#include <fstream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>

#include "launcher/pack_commands/pack_command.h"
#include "sharding/read/pack.h"
#include "tests/sharding/archive_fixture.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

/// The words of a command line, as a shell reads them: quotes, and lines that go on after `\`.
std::vector<std::string> shell_words(std::string_view text) {
  std::vector<std::string> words;
  bool is_open = false, quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\'') {
      quoted = !quoted;
    } else if (!quoted && (c == ' ' || c == '\n' || (c == '\\' && text[i + 1] == '\n'))) {
      is_open = false;
      continue;
    } else {
      if (!is_open) words.emplace_back();
      words.back() += c;
    }
    if (c == '\'' && !is_open) words.emplace_back();
    is_open = true;
  }
  return words;
}

/// The commands `lockstep pack …` of a page, in their order, without `lockstep pack`.
std::vector<std::vector<std::string>> commands_of(const std::string& page) {
  std::ifstream file(fs::path(LOCKSTEP_SOURCE_DIR) / "docs/datasets" / page);
  std::vector<std::vector<std::string>> commands;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("    lockstep pack ")) continue;
    std::string more;
    while (line.ends_with('\\') && std::getline(file, more)) line += "\n" + more;
    std::vector<std::string> words = shell_words(line);
    words.erase(words.begin(), words.begin() + 2);
    commands.push_back(std::move(words));
  }
  return commands;
}

/// A miniature of a data set in the current directory, and the commands of its page.
class DatasetPages : public testing::Test {
 protected:
  DatasetPages() : before_(fs::current_path()) { fs::current_path(root_.path()); }
  ~DatasetPages() override { fs::current_path(before_); }

  /// Gives the pack's classes or flags, and "split N" for each split.
  std::vector<std::string> pack(const std::vector<std::string>& words) {
    PackCommand command;
    CLI::App app;
    command.add_options(app);
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    app.parse(reversed);
    std::ostringstream text;
    spdlog::logger log("test", std::make_shared<spdlog::sinks::ostream_sink_st>(text));
    EXPECT_EQ(run_pack(command, log), ExitCode::ok) << text.str();
    const Pack made(command.out);
    std::vector<std::string> result = made.manifest().classes;
    for (const std::string& name : made.manifest().label_names) result.push_back(name);
    for (const SplitInfo& split : made.manifest().splits) {
      result.push_back(fmt::format("{} {}", split.name, split.samples));
    }
    return result;
  }

  static std::pair<std::string, std::string> jpeg(const std::string& name) {
    static unsigned seed = 0;
    return {name, jpeg_bytes(6, 6, 3, seed++)};
  }

  TemporaryDirectory root_;
  fs::path before_;
};

TEST_F(DatasetPages, Pets) {
  ArchiveEntries images;
  for (int i = 1; i <= 5; ++i) {
    images.push_back(jpeg(fmt::format("images/Abyssinian_{}.jpg", i)));
    images.push_back(jpeg(fmt::format("images/american_bulldog_{}.jpg", i)));
  }
  images.emplace_back("images/Abyssinian_100.mat", "MATLAB");
  images.emplace_back("images/Abyssinian_34.jpg", "GIF89a……");
  write_archive("images.tar.gz", images);
  EXPECT_THAT(pack(commands_of("pets.md").at(0)),
              ElementsAre("Abyssinian", "american_bulldog", "train 9", "valid 1"));
}

TEST_F(DatasetPages, DogBreeds) {
  ArchiveEntries files{{"labels.csv", "id,breed\n"}, {"sample_submission.csv", "id,a,b\n"}};
  for (int i = 0; i < 20; ++i) {
    files[0].second += fmt::format("{:032x},{}\n", i, i % 2 == 0 ? "beagle" : "pug");
    files.push_back(jpeg(fmt::format("train/{:032x}.jpg", i)));
  }
  files.push_back(jpeg("test/ff.jpg"));
  write_archive("dog-breed-identification.zip", files);
  const auto commands = commands_of("dog-breeds.md");
  EXPECT_THAT(pack(commands.at(0)), ElementsAre("beagle", "pug", "train 18", "valid 2"));
  EXPECT_THAT(pack(commands.at(1)), ElementsAre("test 1"));
}

TEST_F(DatasetPages, DogsAndCats) {
  ArchiveEntries train, folders;
  for (int i = 0; i < 10; ++i) {
    train.push_back(jpeg(fmt::format("train/cat.{}.jpg", i)));
    train.push_back(jpeg(fmt::format("train/dog.{}.jpg", i)));
    folders.push_back(jpeg(fmt::format("PetImages/Cat/{}.jpg", i)));
    folders.push_back(jpeg(fmt::format("PetImages/Dog/{}.jpg", i)));
  }
  folders.emplace_back("PetImages/Cat/666.jpg", "");
  folders.emplace_back("PetImages/Cat/Thumbs.db", "x");
  write_archive("dogs-vs-cats.zip", {{"sampleSubmission.csv", "id,label\n"},
                                     {"test1.zip", archive_bytes(".zip", {jpeg("test1/1.jpg")})},
                                     {"train.zip", archive_bytes(".zip", train)}});
  write_archive("kagglecatsanddogs_5340.zip", folders);
  const auto commands = commands_of("dogs-and-cats.md");
  EXPECT_THAT(pack(commands.at(0)), ElementsAre("cat", "dog", "train 18", "valid 2"));
  EXPECT_THAT(pack(commands.at(1)), ElementsAre("test 1"));
  EXPECT_THAT(pack(commands.at(2)), ElementsAre("Cat", "Dog", "train 18", "valid 2"));
}

TEST_F(DatasetPages, IMaterialist) {
  const auto json = [](const std::vector<int>& labels) {
    std::string images, annotations;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const char* comma = i == 0 ? "" : ", ";
      images +=
          fmt::format(R"({}{{"url": ["http://h/{}x.jpg"], "image_id": {}}})", comma, i, i + 1);
      annotations +=
          fmt::format(R"({}{{"label_id": {}, "image_id": {}}})", comma, labels[i], i + 1);
    }
    return fmt::format(R"({{"images": [{}], "annotations": [{}]}})", images, annotations);
  };
  write_text("furniture/train.json", json({1, 2, 3, 3}));  // the last is gone
  write_text("furniture/validation.json", json({3, 2}));
  for (int i = 1; i <= 3; ++i)
    write_text(fmt::format("furniture/train/{}.jpg", i), jpeg("").second);
  for (int i = 1; i <= 2; ++i) {
    write_text(fmt::format("furniture/validation/{}.jpg", i), jpeg("").second);
  }
  write_text("./names.csv", "1,armchair\n2,bed\n3,armchair\n");
  const auto commands = commands_of("imaterialist.md");
  EXPECT_THAT(pack(commands.at(0)), ElementsAre("1", "2", "3", "train 3", "valid 2"));
  EXPECT_THAT(pack(commands.at(1)), ElementsAre("armchair", "bed", "train 3", "valid 2"));
}

TEST_F(DatasetPages, NihXrays) {
  std::string table = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age\n";
  std::string test;
  ArchiveEntries archives[2];
  for (int i = 0; i < 20; ++i) {
    const std::string name = fmt::format("{:08}_000.png", i);
    table +=
        fmt::format("{},{},0,{},{}\n", name, i % 2 == 0 ? "No Finding" : "Edema|Hernia", i, 20 + i);
    archives[i % 2].emplace_back("images/" + name, png_bytes(6, 6, 1, static_cast<unsigned>(i)));
    if (i < 3) test += name + "\n";
  }
  write_text("nih/Data_Entry_2017_v2020.csv", table);
  write_text("nih/test_list.txt", test);
  write_archive("nih/images_001.tar.gz", archives[0]);
  write_archive("nih/images_002.tar.gz", archives[1]);
  const auto commands = commands_of("nih-xrays.md");
  EXPECT_THAT(pack(commands.at(0)),
              ElementsAre("Edema", "Hernia", "No Finding", "train 15", "valid 2", "test 3"));
  EXPECT_THAT(pack(commands.at(1)), ElementsAre("Patient Age", "train 15", "valid 2", "test 3"));
}

TEST_F(DatasetPages, Imagenet) {
  write_archive("imagenet/ILSVRC2012_img_train.tar",
                {{"n02.tar", archive_bytes(".tar", {jpeg("n02_9.JPEG"), jpeg("n02_10.JPEG")})},
                 {"n01.tar", archive_bytes(".tar", {jpeg("n01_1.JPEG")})}});
  write_archive("imagenet/ILSVRC2012_img_val.tar",
                {jpeg("ILSVRC2012_val_00000001.JPEG"), jpeg("ILSVRC2012_val_00000002.JPEG")});
  write_text("imagenet/ILSVRC2012_validation_ground_truth.txt", "2\n1\n");
  write_text("imagenet/synsets.txt", "n01\nn02\n");
  const std::string folder = "ILSVRC/Data/CLS-LOC/";
  write_archive("imagenet_object_localization_patched2019.tar.gz",
                {{"ILSVRC/Annotations/x.xml", "<x/>"},
                 jpeg(folder + "test/ILSVRC2012_test_1.JPEG"),
                 jpeg(folder + "train/n01/n01_1.JPEG"),
                 jpeg(folder + "train/n02/n02_1.JPEG"),
                 jpeg(folder + "val/ILSVRC2012_val_00000001.JPEG")});
  write_text("./LOC_val_solution.csv",
             "ImageId,PredictionString\nILSVRC2012_val_00000001,n02 85 1 499 272 \n");
  write_archive("shards/imagenet-train-000000.tar",
                {jpeg("a.jpg"), {"a.cls", "0"}, jpeg("b.jpg"), {"b.cls", "1"}, {"b.json", "{}"}});
  write_archive("shards/imagenet-val-000000.tar", {jpeg("c.jpg"), {"c.cls", "1"}});
  const auto commands = commands_of("imagenet.md");
  EXPECT_THAT(pack(commands.at(0)), ElementsAre("n01", "n02", "train 3", "valid 2"));
  EXPECT_THAT(pack(commands.at(1)), ElementsAre("n01", "n02", "train 2", "valid 1"));
  EXPECT_THAT(pack(commands.at(2)), ElementsAre("0", "1", "train 2", "valid 1"));
}

}  // namespace
}  // namespace lockstep
