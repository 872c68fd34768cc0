#include "sharding/write/pack_writer.h"

#include <chrono>
#include <csignal>
#include <random>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "core/file.h"
#include "sharding/read/pack.h"
#include "sharding/read/pack_verify.h"
#include "tests/imaging/encoders.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

/// Small shards, so that there are many.
PackWriterOptions in_shards(const fs::path& out, std::uint64_t shard_bytes = 1000) {
  PackWriterOptions options = writer_to(out);
  options.shard_bytes = shard_bytes;
  return options;
}

/// Runs `body` in a child process; gives its exit code, 100 where it threw no Error, or minus a
/// signal.
int run_in_child(const std::function<void()>& body,
                 const std::function<void(pid_t)>& meanwhile = {}) {
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      body();
      ::_exit(100);
    } catch (const Error& error) {
      ::_exit(static_cast<int>(error.code()));
    }
  }
  if (meanwhile) meanwhile(child);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

TEST(PackWriter, TheSameInputGivesTheSameBytesSecondsApartOnAnyNumberOfThreads) {
  const TemporaryDirectory directory;
  fs::create_directories(directory / "images");
  for (unsigned i = 0; i < 30; ++i) {
    write_text(directory / fmt::format("images/{}/{}.png", i % 3, i), png_bytes(8, 9, 3, i));
  }
  const auto source = source_of(directory / "images", 0.2);
  PackWriterOptions options = in_shards(directory / "one");
  EXPECT_EQ(write_pack(*source, options).outcome, PackOutcome::written);
  const FileContents one = read_directory(directory / "one");
  EXPECT_GT(one.size(), 5u);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  for (const int jobs : {1, 2, 7}) {
    options.out = directory / fmt::format("jobs{}", jobs);
    options.jobs = jobs;
    write_pack(*source, options);
    EXPECT_EQ(read_directory(options.out), one);
  }
}

TEST(PackWriter, TellsHowFarItIs) {
  const TemporaryDirectory directory;
  PackWriterOptions options = writer_to(directory / "pack");
  std::vector<std::uint64_t> done;
  options.progress = [&](std::uint64_t count, std::uint64_t total) {
    EXPECT_EQ(total, 60u);
    done.push_back(count);
  };
  write_pack(random_source(50, 10), options);
  EXPECT_TRUE(std::ranges::is_sorted(done));
  EXPECT_EQ(done.back(), 60u);
}

TEST(PackWriter, CutsShardsBySourceBytes) {
  const TemporaryDirectory directory;
  MemorySource source({LabelKind::int64, 1}, {"a"});
  for (const int size : {40, 40, 30, 200, 10, 90, 1}) {
    source.add("train", "x", std::string(static_cast<std::size_t>(size), 'x'), 0);
  }
  write_pack(source, in_shards(directory / "pack", 100));
  std::vector<std::uint64_t> samples;
  const Pack pack(directory / "pack");
  for (const ShardInfo& shard : pack.manifest().splits.at(0).shards) {
    samples.push_back(shard.samples);
  }
  EXPECT_THAT(samples, ElementsAre(2, 1, 1, 2, 1));
}

TEST(PackWriter, AFinishedPackOfTheSameInputStays) {
  const TemporaryDirectory directory;
  const fs::path out = directory / "pack";
  write_pack(random_source(50, 10), in_shards(out));
  const FileContents before = read_directory(out);
  const auto time = fs::last_write_time(out / kPackManifest);
  EXPECT_EQ(write_pack(random_source(50, 10), in_shards(out)).outcome, PackOutcome::unchanged);
  EXPECT_EQ(read_directory(out), before);
  EXPECT_EQ(fs::last_write_time(out / kPackManifest), time);
}

TEST(PackWriter, AFinishedPackOfOtherInputIsRefusedAndThenForced) {
  const TemporaryDirectory directory;
  const fs::path out = directory / "pack";
  write_pack(random_source(50, 10), in_shards(out));
  const FileContents before = read_directory(out);
  const auto refuse = [&](const MemorySource& source, PackWriterOptions options,
                          const std::string& why) {
    expect_error(ExitCode::usage, {why, "--force"}, [&] { write_pack(source, options); });
    EXPECT_EQ(read_directory(out), before);
  };
  refuse(random_source(50, 11), in_shards(out), "other images");
  refuse(random_source(51, 10), in_shards(out), "other images");
  refuse(random_source(50, 10), in_shards(out, 999), "other options");

  PackWriterOptions force = in_shards(out, 5000);
  force.existing = ExistingPack::replace;
  EXPECT_EQ(write_pack(random_source(50, 11), force).outcome, PackOutcome::written);
  EXPECT_EQ(read_directory(out).size(), 3u) << "old shards are gone";
  EXPECT_TRUE(verify_pack(out).problems.empty());
}

TEST(PackWriter, ADamagedPackIsNotTakenForFinished) {
  const TemporaryDirectory directory;
  const fs::path out = directory / "pack";
  const MemorySource source = random_source(50, 10);
  write_pack(source, in_shards(out));
  const auto refuse = [&](const std::string& why) {
    expect_error(ExitCode::usage, {why, "--force"}, [&] { write_pack(source, in_shards(out)); });
  };
  const ShardInfo shard = Pack(out).manifest().splits.at(1).shards.at(0);
  flip_bit(out / shard.file, shard.bytes.address);
  refuse("valid-00000.h5");
  fs::resize_file(out / shard.file, 100);
  refuse("truncated");
  write_text(out / kPackManifest, "{}");
  refuse("pack.json");
}

TEST(PackWriter, ADirectoryOfOtherFilesIsNotTouched) {
  const TemporaryDirectory directory;
  for (const std::string name : {"thesis.txt", "train-00000.h5", "sub/x"}) {
    const fs::path out = directory / "out";
    write_text(out / name, "precious");
    expect_error(ExitCode::usage, {"directory of its own"},
                 [&] { write_pack(random_source(5, 5), writer_to(out)); });
    EXPECT_EQ(read_text(out / name), "precious");
    fs::remove_all(out);
  }
  write_text(directory / "file", "x");
  expect_error(ExitCode::usage, {"not a directory"},
               [&] { write_pack(random_source(5, 5), writer_to(directory / "file")); });
}

TEST(PackWriter, AnErrorInTheSourceLeavesNothing) {
  const TemporaryDirectory directory;
  write_idx_split(directory / "idx", "train", 100);
  const fs::path images = directory / "idx/train-images-idx3-ubyte";
  const auto source = source_of(directory / "idx");
  fs::resize_file(images, fs::file_size(images) - 5);
  expect_error(ExitCode::data, {"too early"},
               [&] { write_pack(*source, in_shards(directory / "pack", 500)); });
  EXPECT_TRUE(read_directory(directory / "pack").empty());
}

TEST(PackWriter, AFullDiskIsAStorageErrorAndLeavesNothing) {
  const TemporaryDirectory directory;
  const fs::path out = directory / "pack";
  const MemorySource source = random_source(2000, 1000);
  for (const rlim_t limit : {100'000u, 2'000'000u}) {
    const int code = run_in_child([&] {
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit largest_file{limit, limit};
      ::setrlimit(RLIMIT_FSIZE, &largest_file);
      write_pack(source, writer_to(out));
    });
    EXPECT_EQ(code, static_cast<int>(ExitCode::storage));
    EXPECT_TRUE(read_directory(out).empty());
  }
}

TEST(PackWriter, TwoAtOnceDoNotMeet) {
  const TemporaryDirectory directory;
  PackWriterOptions options = writer_to(directory / "pack");
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    if (done < total) return;
    expect_error(ExitCode::usage, {"another lockstep"},
                 [&] { write_pack(random_source(5, 5), writer_to(directory / "pack")); });
  };
  write_pack(random_source(50, 10), options);
  EXPECT_TRUE(verify_pack(directory / "pack").problems.empty());
}

TEST(PackWriter, KilledAtAnyMomentItIsFinishedOrNotAPack) {
  const TemporaryDirectory directory;
  const MemorySource source = random_source(600, 500);
  write_pack(source, in_shards(directory / "undisturbed", 20'000));
  const FileContents expected = read_directory(directory / "undisturbed");
  const fs::path out = directory / "pack";
  std::mt19937 random(1);
  int killed = 0;
  for (int attempt = 0; attempt < 25; ++attempt) {
    const int code =
        run_in_child([&] { write_pack(source, in_shards(out, 20'000)); },
                     [&](pid_t child) {
                       std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
                       ::kill(child, SIGKILL);
                     });
    killed += code == -SIGKILL;
    if (fs::exists(out / kPackManifest)) {
      EXPECT_TRUE(verify_pack(out).problems.empty());
      fs::remove_all(out);
    } else if (fs::exists(out)) {
      expect_error(ExitCode::data, {}, [&] { Pack{out}; });
    }
  }
  EXPECT_GT(killed, 0);
  write_pack(source, in_shards(out, 20'000));
  EXPECT_EQ(read_directory(out), expected) << "what was left behind is gone";
}

TEST(PackWriter, LeftoversOfEveryStageAreCleanedUp) {
  const TemporaryDirectory directory;
  const fs::path out = directory / "pack";
  const MemorySource source = random_source(50, 10);
  write_pack(source, in_shards(out));
  const FileContents expected = read_directory(out);
  // Killed while renaming: shards of an older and of this pack, no manifest.
  fs::remove(out / kPackManifest);
  write_text(out / "train-00099.h5", "old");
  write_text(out / ".staging/train-00003.h5", "new");
  write_text(out / ".staging/spool", "images");
  write_text(out / ".pack.json.new", "{");
  expect_error(ExitCode::data, {"never finished"}, [&] { Pack{out}; });
  EXPECT_EQ(write_pack(source, in_shards(out)).outcome, PackOutcome::written);
  EXPECT_EQ(read_directory(out), expected);
  // Killed after the manifest was written.
  write_text(out / ".staging/spool", "images");
  EXPECT_EQ(write_pack(source, in_shards(out)).outcome, PackOutcome::unchanged);
  EXPECT_EQ(read_directory(out), expected);
}

TEST(PackWriter, StatisticsAreThoseOfTheTrainingSplit) {
  const TemporaryDirectory directory;
  MemorySource source({LabelKind::int64, 1}, {"a"});
  source.add("train", "1", std::string("\x00\xff", 2), 0);
  source.add("valid", "2", std::string("\xff\xff", 2), 0);
  write_pack(source, writer_to(directory / "pack"));
  const Pack pack(directory / "pack");
  EXPECT_EQ(pack.channels(), 1);
  EXPECT_THAT(pack.mean(), ElementsAre(0.5f));
  EXPECT_THAT(pack.std(), ElementsAre(0.5f));
}

TEST(PackWriter, StatisticsOfManyFilesAreThoseOfEveryKth) {
  const TemporaryDirectory directory;
  // Of 2100 images every third counts: these are white, the others are not, and one is in colour.
  const std::string white =
      to_text(encode_png(Pixels(4, 255), 2, 2, {.color_type = SPNG_COLOR_TYPE_GRAYSCALE}));
  const std::string other = png_bytes(2, 2, 1, 7);
  for (int i = 0; i < 2100; ++i) {
    write_text(directory / fmt::format("images/a/{:04}.png", i), i % 3 == 0 ? white : other);
  }
  write_text(directory / "images/a/0001.png", png_bytes(2, 2, 3, 1));
  write_pack(*source_of(directory / "images"), writer_to(directory / "pack"));
  EXPECT_THAT(Pack(directory / "pack").mean(), ElementsAre(1.0f, 1.0f, 1.0f));
}

}  // namespace
}  // namespace lockstep
