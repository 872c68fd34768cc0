#include "launcher/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/file.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <typename T>
T parse(std::vector<std::string> words) {
  return std::get<T>(parse_command_line(words));
}

std::string error_of(std::vector<std::string> words) {
  return message_of(ExitCode::usage, [&] { parse_command_line(words); });
}

TEST(CommandLine, Train) {
  const auto bare = parse<TrainCommand>({"train", "a.yaml"});
  EXPECT_EQ(bare.target, "a.yaml");
  EXPECT_FALSE(bare.ranks.has_value());
  EXPECT_EQ(bare.resume, Resume::automatic);
  EXPECT_EQ(bare.change, ConfigChange::refuse);
  EXPECT_FALSE(bare.dry_run);

  const auto full =
      parse<TrainCommand>({"train", "a.yaml", "train.epochs=3", "-n", "4", "--resume", "runs/x",
                           "--lanes", "8", "--override", "--dry-run", "optimizer.lr=-1"});
  EXPECT_EQ(full.ranks, (RankCount{.automatic = false, .ranks = 4}));
  EXPECT_EQ(full.resume, Resume::from_path);
  EXPECT_EQ(full.resume_path, "runs/x");
  EXPECT_EQ(full.lanes, 8);
  EXPECT_EQ(full.change, ConfigChange::override);
  EXPECT_TRUE(full.dry_run);
  EXPECT_THAT(full.overrides, ElementsAre("train.epochs=3", "optimizer.lr=-1"));

  EXPECT_TRUE(parse<TrainCommand>({"train", "a.yaml", "-n", "auto"}).ranks->automatic);
  EXPECT_EQ(parse<TrainCommand>({"train", "a.yaml", "-n2"}).ranks->ranks, 2);
  EXPECT_EQ(parse<TrainCommand>({"train", "a.yaml", "--ranks=2"}).ranks->ranks, 2);
  EXPECT_EQ(parse<TrainCommand>({"train", "a.yaml", "--resume=never"}).resume, Resume::never);
}

TEST(CommandLine, SubmitTakesOptionsOfSbatch) {
  SlurmOptions config;
  config.partition = "cpu";
  config.time = "1:00:00";
  config.nodes_min = 1;
  const auto bare = parse<SubmitCommand>({"submit", "a.yaml"});
  EXPECT_EQ(bare.slurm_options(config).partition, "cpu");
  EXPECT_FALSE(bare.dry_run);

  const auto full = parse<SubmitCommand>({"submit",
                                          "runs/a",
                                          "--nodes",
                                          "4",
                                          "--gpus-per-node=8",
                                          "--ntasks-per-node=4",
                                          "--cpus-per-task=12",
                                          "--time",
                                          "2-00:00:00",
                                          "--partition",
                                          "gpu",
                                          "--account",
                                          "p17",
                                          "--qos",
                                          "high",
                                          "--job-name",
                                          "mine",
                                          "--array",
                                          "1-5",
                                          "--dependency",
                                          "afterok:1",
                                          "--mem",
                                          "200G",
                                          "--constraint",
                                          "a100",
                                          "--exclude",
                                          "n[1-2]",
                                          "--lanes",
                                          "8",
                                          "train.epochs=3",
                                          "--override",
                                          "--dry-run"});
  const SlurmOptions slurm = full.slurm_options(config);
  EXPECT_EQ(slurm.nodes, 4);
  EXPECT_EQ(slurm.nodes_min, 0);
  EXPECT_EQ(slurm.gpus_per_node, 8);
  EXPECT_EQ(slurm.ntasks_per_node, 4);
  EXPECT_EQ(slurm.cpus_per_task, 12);
  EXPECT_EQ(slurm.time, "2-00:00:00");
  EXPECT_EQ(slurm.partition, "gpu");
  EXPECT_EQ(slurm.job_name, "mine");
  EXPECT_EQ(slurm.exclude, "n[1-2]");
  EXPECT_EQ(full.array, "1-5");
  EXPECT_EQ(full.dependency, "afterok:1");
  EXPECT_EQ(full.lanes, 8);
  EXPECT_EQ(full.change, ConfigChange::override);
  EXPECT_THAT(full.overrides, ElementsAre("train.epochs=3"));
}

TEST(CommandLine, SubmitTakesAsManyNodesAsThereAre) {
  EXPECT_EQ(parse<SubmitCommand>({"submit", "a", "--nodes=2-4"}).slurm_options({}).nodes_min, 2);
  EXPECT_THAT(error_of({"submit", "a", "--nodes=0-4"}), HasSubstr("neither a number"));
  EXPECT_THAT(error_of({"submit", "a", "--gpus=4"}), HasSubstr("--gpus"));
}

TEST(CommandLine, PackTakesEverySource) {
  const auto bare = parse<PackCommand>({"pack", "src", "--out", "p"});
  EXPECT_EQ(bare.task, LabelTask::classification);
  EXPECT_EQ(bare.regex_subject, RegexSubject::name);
  EXPECT_EQ(bare.images_dataset, "images");
  EXPECT_EQ(bare.image.encode, PackEncoding::keep);
  EXPECT_EQ(bare.image.quality, 90);
  EXPECT_FALSE(bare.strict);
  EXPECT_FALSE(bare.unlabelled);

  const auto regex =
      parse<PackCommand>({"pack", "src", "--out", "p", "--label-regex", "(.)_", "--label-from",
                          "path", "--group-regex", "(..)", "--classes", "a,b c", "--limit", "7"});
  EXPECT_EQ(regex.label_regex, "(.)_");
  EXPECT_EQ(regex.group_regex, "(..)");
  EXPECT_EQ(regex.regex_subject, RegexSubject::path);
  EXPECT_THAT(regex.classes, ElementsAre("a", "b c"));
  EXPECT_EQ(regex.limit, 7u);

  const auto table = parse<PackCommand>(
      {"pack",           "src",   "--out",           "p",    "--table",         "t.csv",
       "--path-column",  "f",     "--label-columns", "x,y",  "--task",          "regression",
       "--split-column", "s",     "--group",         "g",    "--test-fraction", "0.2",
       "--valid-list",   "v.txt", "--test-list",     "t.txt"});
  EXPECT_EQ(table.table, "t.csv");
  EXPECT_EQ(table.path_column, "f");
  EXPECT_THAT(table.label_columns, ElementsAre("x", "y"));
  EXPECT_EQ(table.task, LabelTask::regression);
  EXPECT_EQ(table.split_column, "s");
  EXPECT_EQ(table.group_column, "g");
  EXPECT_EQ(table.test_fraction, 0.2);
  EXPECT_EQ(table.valid_list, "v.txt");
  EXPECT_EQ(table.test_list, "t.txt");

  const auto images =
      parse<PackCommand>({"pack", "a.h5", "--out", "p", "--images-dataset", "x", "--labels-dataset",
                          "y", "--encode", "jpeg", "--quality", "80", "--max-side", "256",
                          "--check", "structure", "--strict", "--unlabelled"});
  EXPECT_EQ(images.images_dataset, "x");
  EXPECT_EQ(images.labels_dataset, "y");
  EXPECT_EQ(images.image.encode, PackEncoding::jpeg);
  EXPECT_EQ(images.image.quality, 80);
  EXPECT_EQ(images.image.max_side, 256);
  EXPECT_EQ(images.image.check, JpegCheck::structure);
  EXPECT_TRUE(images.strict);
  EXPECT_TRUE(images.unlabelled);

  const auto error = [](std::vector<std::string> words) {
    words.insert(words.begin(), {"pack", "src", "--out", "p"});
    return error_of(words);
  };
  EXPECT_THAT(error({"--encode", "gif"}), HasSubstr("--encode"));
  EXPECT_THAT(error({"--quality", "101"}), HasSubstr("--quality"));
  EXPECT_THAT(error({"--task", "regresion"}), HasSubstr("--task"));
  EXPECT_THAT(error({"--label-regx", "x"}), HasSubstr("--label-regex"));
}

TEST(CommandLine, PackDrawsImages) {
  const auto drawn =
      parse<PackCommand>({"pack", "--synthetic", "blobs", "--samples", "77", "--classes", "12",
                          "--size", "16", "--channels", "1", "--out", "p"});
  EXPECT_EQ(drawn.synthetic, SyntheticKind::blobs);
  EXPECT_EQ(drawn.samples, 77u);
  EXPECT_THAT(drawn.classes, ElementsAre("12"));
  EXPECT_EQ(drawn.size, 16);
  EXPECT_EQ(drawn.channels, SyntheticChannels::grey);
  const auto bare = parse<PackCommand>({"pack", "src", "--out", "p"});
  EXPECT_FALSE(bare.synthetic || bare.samples || bare.size || bare.channels);

  const auto error = [](const std::string& option, const std::string& value) {
    return error_of({"pack", "--out", "p", option, value});
  };
  EXPECT_THAT(error("--synthetic", "cats"), HasSubstr("not one of shapes, blobs"));
  EXPECT_THAT(error("--samples", "10000001"), HasSubstr("from 1 to 10000000"));
  EXPECT_THAT(error("--size", "7"), HasSubstr("from 8 to 512"));
  EXPECT_THAT(error("--channels", "2"), HasSubstr("not one of 1, 3"));
}

TEST(CommandLine, OtherCommands) {
  const auto pack =
      parse<PackCommand>({"pack", "src", "--out", "p", "--valid-fraction", "0.1", "--seed", "7",
                          "--jobs", "3", "--shard-size", "64MiB", "--force"});
  EXPECT_EQ(pack.source, "src");
  EXPECT_EQ(pack.out, "p");
  EXPECT_EQ(pack.valid_fraction, 0.1);
  EXPECT_EQ(pack.seed, 7u);
  EXPECT_EQ(pack.jobs, 3);
  EXPECT_EQ(pack.shard_bytes, 64u << 20);
  EXPECT_TRUE(pack.force);
  EXPECT_EQ(parse<PackCommand>({"pack", "src", "--out", "p"}).shard_bytes, 1u << 30);
  const auto inspect = parse<InspectCommand>(
      {"inspect", "p", "--json", "--quick", "--jobs", "3", "--grid", "g.png", "--seed", "9"});
  EXPECT_EQ(inspect.target, "p");
  EXPECT_TRUE(inspect.json);
  EXPECT_TRUE(inspect.quick);
  EXPECT_EQ(inspect.jobs, 3);
  EXPECT_EQ(inspect.grid, "g.png");
  EXPECT_EQ(inspect.seed, 9u);
  const auto augmented = parse<InspectCommand>(
      {"inspect", "a.yaml", "--augmented", "a.png", "data.augment.flip=none"});
  EXPECT_EQ(augmented.augmented, "a.png");
  EXPECT_THAT(augmented.overrides, ElementsAre("data.augment.flip=none"));
  EXPECT_EQ(parse<VerifyCommand>({"verify", "p"}).pack, "p");
  EXPECT_TRUE(parse<CheckpointsCommand>({"checkpoints", "r", "--json"}).json);
  const auto eval = parse<EvalCommand>({"eval", "r", "--split", "train", "--pack", "q", "--device",
                                        "cpu", "--batch", "32", "--json", "-n", "2"});
  EXPECT_EQ(eval.job.asking.source.target, "r");
  EXPECT_EQ(eval.job.split, "train");
  EXPECT_EQ(eval.job.pack, "q");
  EXPECT_EQ(eval.job.asking.source.device, "cpu");
  EXPECT_EQ(eval.job.asking.source.batch, 32);
  EXPECT_TRUE(eval.job.json);
  EXPECT_EQ(eval.ranks->ranks, 2);
}

TEST(CommandLine, HelpTeachesWithExamples) {
  EXPECT_THAT(parse<PrintText>({"--version"}).text, HasSubstr("lockstep " LOCKSTEP_VERSION));
  EXPECT_THAT(parse<PrintText>({"--help"}).text, HasSubstr("lockstep pack images/"));
  const std::string train = parse<PrintText>({"train", "--help"}).text;
  EXPECT_THAT(train, HasSubstr("lockstep train configs/fashion_mnist.yaml -n 2"));
  EXPECT_THAT(train, HasSubstr("--dry-run"));
  for (const char* name : {"pack", "inspect", "verify", "eval", "checkpoints"}) {
    EXPECT_THAT(parse<PrintText>({name, "--help"}).text, HasSubstr(name)) << name;
  }
}

TEST(CommandLine, MistakesAreNamedWithTheNearestWord) {
  EXPECT_THAT(error_of({}), HasSubstr("no command"));
  EXPECT_THAT(error_of({"trian", "a"}),
              HasSubstr("unknown command 'trian'; did you mean 'train'?"));
  EXPECT_EQ(error_of({"train"}), "CONFIG|RUN is required; see `lockstep train --help`");
  EXPECT_THAT(error_of({"--verson"}),
              HasSubstr("did you mean '--version'?; see `lockstep --help`"));
  EXPECT_THAT(error_of({"train", "a", "--dryrun"}), HasSubstr("did you mean '--dry-run'?"));
  EXPECT_THAT(error_of({"train", "a", "--laens=3"}), HasSubstr("did you mean '--lanes'?"));
  EXPECT_THAT(error_of({"train", "a", "--lanes", "0"}), HasSubstr("--lanes"));
  for (const char* ranks : {"0", "-1", "two", "1.5", "99999999999", "3x", ""}) {
    EXPECT_THAT(error_of({"train", "a", "-n", ranks}), HasSubstr("-n")) << ranks;
  }
  EXPECT_THAT(error_of({"pack", "src"}), HasSubstr("--out"));
  EXPECT_THAT(error_of({"pack", "src", "--out", "p", "--valid-fraction", "1.5"}),
              HasSubstr("--valid-fraction"));
  EXPECT_THAT(error_of({"verify", "p", "q"}), HasSubstr("q"));
  EXPECT_THAT(error_of({"inspect", "p", "train.epochs=3"}), HasSubstr("--augmented"));
  EXPECT_THAT(error_of({"inspect", "a.yaml", "--augmented", "a.png", "--grid", "g.png"}),
              HasSubstr("--grid need a pack"));
  EXPECT_THAT(error_of({"eval", "r", "--device", "gpu"}), HasSubstr("cuda"));
  EXPECT_THAT(error_of({"inspect", "p", "--grid", "g.jpg"}), HasSubstr("ends in .png"));
}

TEST(CommandLine, AListTakesOneWordAndMayBeGivenAgain) {
  const auto pack = parse<PackCommand>({"pack", "--out", "p", "--classes", "a,b", "--classes", "c",
                                        "--label-columns", "x,y", "src"});
  EXPECT_EQ(pack.source, "src");
  EXPECT_THAT(pack.classes, ElementsAre("a", "b", "c"));
  EXPECT_THAT(pack.label_columns, ElementsAre("x", "y"));
  const auto predict = parse<PredictCommand>(
      {"predict", "--weights", "w", "--mean", "0.5,0.4,0.3", "--out", "o", "pictures"});
  EXPECT_THAT(predict.job.asking.source.mean, ElementsAre(0.5f, 0.4f, 0.3f));
  EXPECT_THAT(predict.paths, ElementsAre("pictures"));
  const auto eval = parse<EvalCommand>({"eval", "--by", "class", "--by", "size", "run"});
  EXPECT_THAT(eval.job.by, ElementsAre("class", "size"));
  EXPECT_EQ(eval.job.asking.source.target, "run");
  EXPECT_THAT(parse<PrintText>({"pack", "--help"}).text, testing::Not(HasSubstr("A,B… ...")));
}

TEST(CommandLine, AnEmptyValueIsAMistake) {
  EXPECT_EQ(error_of({"pack", "s", "--out", ""}),
            "--out: its value is empty; see `lockstep pack --help`");
  EXPECT_THAT(error_of({"pack", "", "--out", "p"}), HasSubstr("SOURCE: its value is empty"));
  EXPECT_THAT(error_of({"pack", "s", "--out", "p", "--table="}), HasSubstr("--table"));
  EXPECT_THAT(error_of({"train", "c", ""}), HasSubstr("key=value"));
  EXPECT_THAT(error_of({"eval", "r", "--pack", ""}), HasSubstr("--pack"));
}

TEST(CommandLine, ABadNumberIsToldWithWhatIsExpected) {
  const auto pack_error = [](const char* option, const char* value) {
    return error_of({"pack", "src", "--out", "p", option, value});
  };
  EXPECT_EQ(pack_error("--limit", "0"),
            "--limit: '0' is not a whole number of at least 1; see `lockstep pack --help`");
  for (const char* bad : {"a", "1e3", "-1", "", "1.5", "18446744073709551616"}) {
    EXPECT_THAT(pack_error("--limit", bad), HasSubstr("is not a whole number of at least 1"))
        << bad;
    EXPECT_THAT(pack_error("--seed", bad), HasSubstr("is not a whole number of at least 0")) << bad;
    EXPECT_THAT(pack_error("--jobs", bad), HasSubstr("is not a whole number from 0 to 1024"))
        << bad;
    EXPECT_THAT(error_of({"eval", "r", "--batch", bad}), HasSubstr("from 1 to 1048576")) << bad;
    EXPECT_THAT(error_of({"train", "a", "-n", bad}),
                HasSubstr("nor a whole number from 1 to 65536"));
  }
  for (const char* bad : {"nan", "inf", "1.5", "-0.1", "a"}) {
    EXPECT_THAT(pack_error("--valid-fraction", bad), HasSubstr("is not a number from 0 to 1"))
        << bad;
  }
  for (const char* bad : {"0", "-1", "1XB", "a", "", "99999999999999999999"}) {
    EXPECT_THAT(pack_error("--shard-size", bad), HasSubstr("is not a size in bytes such as"))
        << bad;
  }
  EXPECT_EQ(parse<PackCommand>({"pack", "s", "--out", "p", "--shard-size", "3000"}).shard_bytes,
            3000u);
}

TEST(CommandLine, AFlagTakesNoValue) {
  EXPECT_EQ(error_of({"train", "a", "--override=no"}),
            "--override is a flag and takes no value; see `lockstep train --help`");
  EXPECT_THAT(error_of({"pack", "s", "--out", "p", "--strict=2"}), HasSubstr("takes no value"));
}

TEST(CommandLine, WhatIsGivenIsShownWithoutPowerOverATerminal) {
  EXPECT_THAT(error_of({"\x1b[2J"}), HasSubstr("unknown command '\\u001b[2J'"));
  EXPECT_THAT(error_of({"train", "a", "--x\x1b[2J"}), HasSubstr("--x\\u001b[2J"));
}

TEST(CommandLine, HelpBeginsWithTheConfigForPictures) {
  EXPECT_THAT(parse<PrintText>({"--help"}).text,
              HasSubstr("lockstep train configs/images.yaml data.pack=data/mine"));
}

TrainJob job(const std::filesystem::path& target, std::vector<std::string> overrides = {}) {
  TrainCommand command;
  command.target = target;
  command.overrides = std::move(overrides);
  return command.job();
}

TEST(TrainJob, TakesAConfigOrARunDirectory) {
  const TemporaryDirectory directory;
  const std::string file = directory / "a.yaml", run = directory / "moved";
  replace_file(file, "run: {dir: elsewhere}\ndata: {pack: p}\n");
  std::filesystem::create_directory(run);
  EXPECT_EQ(job(file).config.run.dir, "elsewhere");
  EXPECT_EQ(job(file, {"run.dir=x"}).config.run.dir, "x");

  EXPECT_THROW(job(run), Error);  // no config.yaml
  replace_file(std::filesystem::path(run) / "config.yaml", "run: {dir: before}\ndata: {pack: p}\n");
  EXPECT_EQ(job(run).config.run.dir, run);
  EXPECT_EQ(job(run, {"run.dir=x"}).config.run.dir, "x");
  EXPECT_THROW(job(directory / "absent"), Error);
}

TEST(TrainJob, APathThatCannotBeLookedUpIsABadCommandLine) {
  const TemporaryDirectory directory;
  std::filesystem::create_symlink("loop", directory / "loop");
  EXPECT_THAT(message_of(ExitCode::usage, [&] { job(directory / "loop"); }),
              HasSubstr("symbolic links"));
  const std::string loop = directory / "loop";
  EXPECT_EQ(parse<CheckpointsCommand>({"checkpoints", loop}).run_directory(), loop);
}

TEST(RunDirectoryOfCheckpoints, IsTheOneGivenOrTheConfigs) {
  const TemporaryDirectory directory;
  replace_file(directory / "a.yaml", "run: {dir: elsewhere}\ndata: {pack: p}\n");
  const std::string file = directory / "a.yaml";
  EXPECT_EQ(parse<CheckpointsCommand>({"checkpoints", file}).run_directory(), "elsewhere");
  EXPECT_EQ(parse<CheckpointsCommand>({"checkpoints", file, "run.dir=x"}).run_directory(), "x");
  EXPECT_EQ(parse<CheckpointsCommand>({"checkpoints", "runs/a"}).run_directory(), "runs/a");
}

}  // namespace
}  // namespace lockstep
