#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/file.h"
#include "imaging/augment/augment_presets.h"
#include "launcher/config/config_fields.h"
#include "launcher/config/config_yaml.h"
#include "models/catalog/model_catalog.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

Config parse(std::string_view yaml, std::vector<std::string> overrides = {}) {
  overrides.push_back("data.pack=p");
  return parse_config(yaml, "test.yaml", overrides);
}

std::string error_of(std::string_view yaml, std::vector<std::string> overrides = {}) {
  return message_of(ExitCode::usage, [&] { parse(yaml, std::move(overrides)); });
}

TEST(Config, EverySectionIsRead) {
  const Config config = parse_config(R"(
run: {dir: runs/a, seed: 18446744073709551615}
data: {pack: packs/p, train: tr, valid: va, classes: [b, a], limit: 100, image_size: 28, augment: {flip: horizontal, crop_padding: 4}, workers: 2, prefetch: 8}
model: {name: resnet18, dropout: 0.25, stem: small}
train: {epochs: 5, max_steps: 7, batch: 32, lanes: 4, reduction: fast, precision: bf16, device: cuda, threads: 3}
optimizer: {name: adamw, lr: 0.2, lr_batch: 512, lr_scaling: sqrt, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weight_decay: 5.0e-4}
schedule: {name: constant, warmup_epochs: 0.5}
checkpoint: {every_steps: 10, every_epochs: 2, keep: 5, best: valid/loss}
log: {every_steps: 9}
)",
                                     "x.yaml");
  EXPECT_EQ(config.run.dir, "runs/a");
  EXPECT_EQ(config.run.seed, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(config.data.pack, "packs/p");
  EXPECT_THAT(config.data.train, ElementsAre("tr"));
  EXPECT_EQ(config.data.valid, "va");
  EXPECT_THAT(config.data.classes, ElementsAre("b", "a"));
  EXPECT_EQ(config.data.limit, 100u);
  EXPECT_EQ(config.data.image_size, 28);
  EXPECT_EQ(config.data.augment.flip, FlipKind::horizontal);
  EXPECT_EQ(config.data.augment.crop_padding, 4);
  EXPECT_EQ(config.data.workers, 2);
  EXPECT_EQ(config.data.prefetch, 8);
  EXPECT_EQ(config.model.name, "resnet18");
  EXPECT_EQ(config.model.dropout, 0.25);
  EXPECT_EQ(config.model.stem, Stem::small);
  EXPECT_EQ(config.train.epochs, 5);
  EXPECT_EQ(config.train.max_steps, 7);
  EXPECT_EQ(config.train.batch, 32);
  EXPECT_EQ(config.train.lanes, 4);
  EXPECT_EQ(config.train.reduction, ReductionKind::fast);
  EXPECT_EQ(config.train.precision, Precision::bf16);
  EXPECT_EQ(config.train.device, "cuda");
  EXPECT_EQ(config.train.threads, 3);
  EXPECT_EQ(config.optimizer.name, OptimizerKind::adamw);
  EXPECT_EQ(config.optimizer.lr, 0.2);
  EXPECT_EQ(config.optimizer.lr_batch, 512);
  EXPECT_EQ(config.optimizer.lr_scaling, LrScaling::sqrt);
  EXPECT_EQ(config.optimizer.beta1, 0.8);
  EXPECT_EQ(config.optimizer.beta2, 0.95);
  EXPECT_EQ(config.optimizer.epsilon, 1e-6);
  EXPECT_EQ(config.optimizer.weight_decay, 5e-4);
  EXPECT_EQ(config.schedule.name, ScheduleKind::constant);
  EXPECT_EQ(config.schedule.warmup_epochs, 0.5);
  EXPECT_EQ(config.checkpoint.every_steps, 10);
  EXPECT_EQ(config.checkpoint.every_epochs, 2);
  EXPECT_EQ(config.checkpoint.keep, 5);
  EXPECT_EQ(config.checkpoint.best, "valid/loss");
  EXPECT_EQ(config.log.every_steps, 9);
}

TEST(Config, ATextThatMayBeEmptyMayBeLeftOut) {
  for (const char* yaml :
       {"data: {valid: }", "data:\n  valid:\n", "data: {valid: ''}", "data: {valid: null}"}) {
    EXPECT_EQ(parse(yaml).data.valid, "") << yaml;
  }
  for (const char* override : {"data.valid=", "data.valid=\"\"", "data.valid=''"}) {
    EXPECT_EQ(parse("", {override}).data.valid, "") << override;
  }
  EXPECT_EQ(parse_config(to_yaml(parse("", {"data.valid="})), "x.yaml").data.valid, "");
}

TEST(Config, ANumberMayHaveAPlusSign) {
  EXPECT_EQ(parse("optimizer: {lr: +0.1}\ntrain: {batch: +3}").optimizer.lr, 0.1);
  EXPECT_EQ(parse("", {"train.batch=+3"}).train.batch, 3);
}

TEST(Config, AnOverrideOfASectionSetsSomething) {
  EXPECT_EQ(parse("", {"train={batch: 3}"}).train.batch, 3);
  for (const char* empty : {"train=", "train={}", "data.augment="}) {
    EXPECT_THAT(error_of("", {empty}), HasSubstr("sets nothing")) << empty;
  }
  EXPECT_THAT(error_of("", {"train=~"}), HasSubstr("must be a section"));
}

TEST(Config, AKeyThatIsAbsentKeepsItsDefault) {
  const Config config = parse("model:\ntrain: {batch: 8}\n");
  EXPECT_EQ(config.model.name, ModelOptions().name);
  EXPECT_EQ(config.train.epochs, TrainOptions().epochs);
  EXPECT_EQ(config.train.batch, 8);
}

TEST(Config, UnknownKeysNameTheNearest) {
  EXPECT_EQ(error_of("run: {seed: 1}\noptimzer:\n  lr: 0.1\n"),
            "unknown key 'optimzer.lr' (test.yaml:3); did you mean 'optimizer.lr'?");
  EXPECT_THAT(error_of("train: {epohcs: 3}"), HasSubstr("did you mean 'train.epochs'?"));
  EXPECT_THAT(error_of("data: {augment: {flipp: none}}"), HasSubstr("'data.augment.flip'?"));
  EXPECT_THAT(error_of("train: {lr: 1}"), HasSubstr("did you mean 'optimizer.lr'?"));
  EXPECT_THAT(error_of("zzzzzzzz: {qqqqq: 1}"),
              AllOf(HasSubstr("unknown key 'zzzzzzzz.qqqqq'"), Not(HasSubstr("did you mean"))));
  EXPECT_THAT(error_of("", {"train.epoch=3"}),
              HasSubstr("unknown key 'train.epoch' (command line); did you mean 'train.epochs'?"));
}

TEST(Config, ABadValueSaysWhereAndWhatIsAllowed) {
  struct Case {
    const char* yaml;
    const char* message;
  };
  const Case cases[] = {
      {"train:\n  batch: many",
       "'train.batch' (test.yaml:2) is 'many', but must be a whole number from 1 to 1048576"},
      {"train: {batch: 0}", "is '0', but must be a whole number from 1"},
      {"train: {batch: -3}", "is '-3'"},
      {"train: {batch: 64.0}", "is '64.0'"},
      {"train: {batch: '64'}", "must be a whole number"},
      {"train: {batch: 99999999999999999999}", "must be a whole number"},
      {"train: {batch: [1, 2]}", "'train.batch' (test.yaml:1) must be a whole number"},
      {"train: {batch: {a: 1}}", "'train.batch' (test.yaml:1) must be a whole number"},
      {"train: {batch: }", "'train.batch' (test.yaml:1) has no value; it must be a whole number"},
      {"train: {image_size: }", "'train.image_size' (test.yaml:1) has no value; it must be a list"},
      {"data: {train: null}", "'data.train' (test.yaml:1) has no value; it must be a text that is"},
      {"data: {train: []}", "'data.train' (test.yaml:1) is '[]', but must be a text that is not"},
      {"data: {train: [a, '']}", "must be a text that is not empty, or a list of such texts"},
      {"data: {train: [a, [b]]}", "must be a text that is not empty, or a list of such texts"},
      {"data: {train: {a: b}}", "'data.train' (test.yaml:1) must be a text that is not empty, or"},
      {"data: {train: [a, \"b\\0\"]}", "is 'b\\u0000': no name or path has a NUL"},
      {"data: {classes: a}", "'data.classes' (test.yaml:1) must be a list of texts that are not"},
      {"data: {classes: [a, ~]}", "but must be a list of texts that are not empty"},
      {"trian: {}", "unknown key 'trian' (test.yaml:1); did you mean"},
      {"train:\n  epoch: {}",
       "unknown key 'train.epoch' (test.yaml:2); did you mean 'train.epochs'"},
      {"optimizer: {lr: +-0.1}", "must be a number above 0"},
      {"run: {dir: \"a\\0b\"}",
       "'run.dir' (test.yaml:1) is 'a\\u0000b': no name or path has a NUL"},
      {"\"tr\\0\": 1", "unknown key 'tr\\u0000' (test.yaml:1)"},
      {"train:\n\tbatch: 3",
       "a tab before the text of a line (test.yaml:2): YAML indents with spaces"},
      {"run: {seed: -1}", "must be a whole number of at least 0"},
      {"run: {dir: ''}", "must be a text that is not empty"},
      {"optimizer: {lr: 0}", "must be a number above 0"},
      {"optimizer: {lr: nan}", "must be a number above 0"},
      {"optimizer: {lr: inf}", "must be a number above 0"},
      {"optimizer: {momentum: 1}", "must be a number in [0, 1)"},
      {"optimizer: {nesterov: maybe}", "must be one of false, true"},
      {"optimizer: {name: adamx}", "must be one of sgd, adam, adamw"},
      {"checkpoint: {best: accuracy}", "must be auto, valid/METRIC or valid_ema/METRIC"},
      {"train: 5", "'train' (test.yaml:1) must be a section"},
      {"- a", "the config (test.yaml:1) must be a section"},
      {"train: {epochs: 1}\ntrain: {batch: 1}",
       "the key 'train' is given twice (test.yaml:2); first (test.yaml:1)"},
      {"train:\n  epochs: 1\n  epochs: 2",
       "the key 'train.epochs' is given twice (test.yaml:3); first (test.yaml:2)"},
      {"a: [", "not YAML (test.yaml:1)"},
      {"run: {seed: 1}\n---\nrun: {seed: 2}", "more than one YAML document"},
  };
  for (const Case& test : cases) {
    EXPECT_THAT(error_of(test.yaml), HasSubstr(test.message)) << test.yaml;
  }
}

TEST(Config, WithoutAPackItSaysSo) {
  EXPECT_THROW(parse_config("run: {seed: 1}", "a.yaml"), Error);
}

TEST(Config, OverridesWinAndTheLastWins) {
  const Config config =
      parse("train: {epochs: 5}", {"train.epochs=3", "optimizer.lr=1e-3", "train.epochs=4",
                                   "data.augment={flip: horizontal}", "run.dir=a=b"});
  EXPECT_EQ(config.train.epochs, 4);
  EXPECT_EQ(config.optimizer.lr, 1e-3);
  EXPECT_EQ(config.data.augment.flip, FlipKind::horizontal);
  EXPECT_EQ(config.run.dir, "a=b");
  EXPECT_THAT(error_of("", {"train.epochs"}), HasSubstr("is not an override"));
  EXPECT_THAT(error_of("", {"=3"}), HasSubstr("is not an override"));
  EXPECT_THAT(error_of("", {"train.epochs="}), HasSubstr("must be a whole number"));
  EXPECT_THAT(error_of("", {"train.epochs=["}), HasSubstr("not YAML"));
}

TEST(Config, APresetIsAppliedBeforeEveryOtherKeyWhereverItStands) {
  const AugmentOptions side_on = augment_preset(AugmentPreset::side_on);
  const AugmentOptions top_down = augment_preset(AugmentPreset::top_down);
  for (const char* yaml : {"data: {augment: {preset: side_on, rotate: 5}}",
                           "data: {augment: {rotate: 5, preset: side_on}}"}) {
    const AugmentOptions read = parse(yaml).data.augment;
    EXPECT_EQ(read.preset, AugmentPreset::side_on);
    EXPECT_EQ(read.rotate, 5);
    EXPECT_EQ(read.warp, side_on.warp);
    EXPECT_EQ(read.flip, FlipKind::horizontal);
    // An override of the preset leaves what the file says of single numbers.
    const AugmentOptions other = parse(yaml, {"data.augment.preset=top_down"}).data.augment;
    EXPECT_EQ(other.preset, AugmentPreset::top_down);
    EXPECT_EQ(other.rotate, 5);
    EXPECT_EQ(other.flip, top_down.flip);
    EXPECT_EQ(parse(yaml, {"data.augment.preset=none"}).data.augment.warp, 0);
  }
  const AugmentOptions overridden =
      parse("", {"data.augment.zoom_max=1.5", "data.augment.preset=side_on"}).data.augment;
  EXPECT_EQ(overridden.zoom, (Range{1, 1.5}));
  EXPECT_EQ(overridden.rotate, side_on.rotate);
}

TEST(Config, AnAugmentationReadsBackWhateverItsPreset) {
  for (const char* preset : {"none", "light", "side_on", "top_down", "imagenet", "xray"}) {
    const Config config =
        parse(fmt::format("data: {{augment: {{preset: {}, rotate: 12.5, border: edge}}}}", preset));
    const std::string yaml = to_yaml(config);
    EXPECT_THAT(yaml, HasSubstr(fmt::format("    preset: {}\n", preset)));
    EXPECT_THAT(yaml, HasSubstr("    rotate: 12.5\n"));
    EXPECT_EQ(to_yaml(parse_config(yaml, "written")), yaml);
  }
}

// The preset is a name for numbers: a run that says the same numbers by themselves is the same.
TEST(Config, APresetsNameIsNotTheRunsIdentity) {
  const Config named = parse("data: {augment: {preset: imagenet}}");
  const Config spelt =
      parse("data: {augment: {crop: random_resized, flip: horizontal, eval_crop: 0.875}}");
  EXPECT_THAT(config_diff(named, spelt), testing::IsEmpty());
}

TEST(Config, AugmentationsThatContradictThemselvesAreErrors) {
  EXPECT_THAT(error_of("data: {augment: {preset: imagenet, crop_padding: 4}}"),
              HasSubstr("set crop_padding: 0, or crop: centre"));
  EXPECT_THAT(error_of("data: {augment: {zoom_min: 1.5}}"),
              HasSubstr("data.augment.zoom_min is 1.5 and data.augment.zoom_max is 1"));
  EXPECT_THAT(error_of("data: {augment: {preset: side-on}}"),
              HasSubstr("must be one of none, light, side_on, top_down, imagenet, xray"));
  EXPECT_THAT(error_of("data: {augment: {eval_crop: 0}}"), HasSubstr("must be a number in (0, 1]"));
}

TEST(Config, IsWrittenSoThatItReadsBackToTheBit) {
  Config config = parse("");
  config.optimizer.lr = std::nextafter(0.1, 1.0);
  config.optimizer.weight_decay = std::numeric_limits<double>::denorm_min();
  config.optimizer.lr_batch = 1e300;
  config.run.seed = std::numeric_limits<std::uint64_t>::max();
  config.run.dir = "a: b # '\"\n\ttrailing ";
  config.data.pack = "null";
  config.data.train = {"1"};
  config.data.valid = "";
  config.data.augment.flip = FlipKind::horizontal;
  config.model.name = "resnet18";
  config.model.stem = Stem::small;
  const std::string yaml = to_yaml(config);
  const Config back = parse_config(yaml, "written");
  EXPECT_EQ(back.optimizer.lr, config.optimizer.lr);
  EXPECT_EQ(back.optimizer.weight_decay, config.optimizer.weight_decay);
  EXPECT_EQ(back.optimizer.lr_batch, config.optimizer.lr_batch);
  EXPECT_EQ(back.run.seed, config.run.seed);
  EXPECT_EQ(back.run.dir, config.run.dir);
  EXPECT_EQ(back.data.pack, "null");
  EXPECT_THAT(back.data.train, ElementsAre("1"));
  EXPECT_EQ(back.data.valid, "");
  EXPECT_EQ(back.data.augment.flip, FlipKind::horizontal);
  EXPECT_EQ(to_yaml(back), yaml);
  for (const ConfigField& field : config_fields())
    EXPECT_EQ(field.write(back), field.write(config)) << field.key;
}

TEST(Config, OnlyWhatDecidesTheNumbersDiffers) {
  const Config run = parse("train: {precision: fp32, lanes: 4}\ndata: {image_size: 28}");
  const Config same = parse(
      "run: {dir: elsewhere}\ndata: {workers: 9, prefetch: 3}\n"
      "train: {max_steps: 5, threads: 7, device: cpu, lanes: 2, precision: auto}\n"
      "checkpoint: {keep: 9, every_steps: 3, every_epochs: 0, best: valid/loss}\nlog: "
      "{every_steps: 1}");
  EXPECT_THAT(config_diff(run, same), testing::IsEmpty());

  const Config other =
      parse("train: {batch: 32, precision: bf16}\noptimizer: {lr: 0.3}\ndata: {image_size: 32}");
  EXPECT_EQ(to_text(config_diff(run, other)),
            "  data.image_size: 28 in the run, 32 now\n"
            "  train.batch: 64 in the run, 32 now\n"
            "  train.precision: fp32 in the run, bf16 now\n"
            "  optimizer.lr: 0.1 in the run, 0.3 now\n");
}

TEST(Config, AKeyWithoutEffectIsAnErrorThatSaysWhy) {
  EXPECT_EQ(error_of("optimizer:\n  beta1: 0.8\n"),
            "'optimizer.beta1' (test.yaml:2) has no effect with optimizer.name: sgd, which takes "
            "optimizer.momentum, optimizer.nesterov instead; remove it");
  EXPECT_THAT(error_of("", {"optimizer.name=adamw", "optimizer.momentum=0.8"}),
              AllOf(HasSubstr("'optimizer.momentum' (command line) has no effect"),
                    HasSubstr("adamw, which takes optimizer.beta1")));
  EXPECT_EQ(error_of("", {"model.stem=small"}),
            "'model.stem' (command line) has no effect with model.name: simple_cnn, which takes "
            "model.norm, model.widths instead; remove it");
  EXPECT_THAT(
      error_of("data: {shuffle_block: 32}"),
      HasSubstr("'data.shuffle_block' (test.yaml:1) has no effect with data.shuffle: full"));
  for (const char* other : {"pixel", "none"}) {
    EXPECT_THAT(error_of("", {fmt::format("data.normalise={}", other), "data.mean=[0]"}),
                HasSubstr(fmt::format("has no effect with data.normalise: {}", other)));
  }
  const Config sgd = parse("optimizer: {momentum: 0.8, nesterov: true}");
  EXPECT_EQ(sgd.optimizer.momentum, 0.8);
  EXPECT_TRUE(sgd.optimizer.nesterov);
  EXPECT_EQ(parse("data: {shuffle: block, shuffle_block: 32}").data.block_shuffle.block_samples,
            32u);
}

TEST(Config, AnOverriddenChoiceTakesTheEffectFromTheFilesKeys) {
  const Config adam = parse("optimizer: {momentum: 0.8}", {"optimizer.name=adamw"});
  EXPECT_EQ(adam.optimizer.name, OptimizerKind::adamw);
  EXPECT_THAT(to_yaml(adam), Not(HasSubstr("momentum")));
}

TEST(Config, AKeyWithoutEffectIsNeitherWrittenNorIdentity) {
  Config sgd = parse("");
  const std::string yaml = to_yaml(sgd);
  for (const char* key : {"beta1", "beta2", "epsilon", "stem", "shuffle_block"}) {
    EXPECT_THAT(yaml, Not(HasSubstr(key)));
  }
  EXPECT_THAT(yaml, HasSubstr("momentum"));
  Config other = sgd;
  other.optimizer.beta1 = 0.5;
  EXPECT_THAT(config_diff(sgd, other), testing::IsEmpty());
  EXPECT_EQ(to_text(config_diff(sgd, parse("optimizer: {name: adam}"))),
            "  optimizer.name: sgd in the run, adam now\n"
            "  optimizer.momentum: 0.9 in the run, unset now\n"
            "  optimizer.nesterov: false in the run, unset now\n"
            "  optimizer.beta1: unset in the run, 0.9 now\n"
            "  optimizer.beta2: unset in the run, 0.999 now\n"
            "  optimizer.epsilon: unset in the run, 1e-08 now\n");
}

TEST(Config, EveryOwnOptionOfAnOptimizerOrAModelIsAKey) {
  std::vector<std::string> keys;
  for (const ConfigField& field : config_fields()) keys.push_back(field.key);
  for (const auto& [kind, name] : enum_names(OptimizerKind{})) {
    for (const std::string_view option : own_options(kind)) {
      EXPECT_THAT(keys, testing::Contains(fmt::format("optimizer.{}", option))) << name;
    }
  }
  for (const ModelEntry& model : model_catalog()) {
    for (const std::string_view option : model.options) {
      EXPECT_THAT(keys, testing::Contains(fmt::format("model.{}", option))) << model.name;
    }
  }
}

TEST(Config, AnUnknownModelIsNamedWithItsLine) {
  EXPECT_EQ(
      error_of("model:\n  name: resnet19\n"),
      "'model.name' (test.yaml:2) is 'resnet19', but must be a network that `lockstep models` "
      "lists; did you mean 'resnet18'?");
}

TEST(Config, TheShippedConfigsAreRead) {
  const auto shipped = [](const std::string& name) {
    const auto path = std::filesystem::path(LOCKSTEP_SOURCE_DIR) / "configs" / name;
    return parse_config(read_file(path, ExitCode::usage), path.string());
  };
  const Config fashion = shipped("fashion_mnist.yaml");
  EXPECT_EQ(fashion.train.lanes, 2);
  EXPECT_EQ(fashion.optimizer.weight_decay, 5e-4);
  const Config images = shipped("images.yaml");
  EXPECT_EQ(images.data.augment.crop, CropKind::random_resized);
  EXPECT_EQ(images.data.augment.eval_crop, 0.875);
}

TEST(Config, TheDocumentationNamesEveryKeyWithItsDefaultAndRole) {
  const std::string page = read_file(
      std::filesystem::path(LOCKSTEP_SOURCE_DIR) / "docs/configuration.md", ExitCode::usage);
  for (const ConfigField& field : config_fields()) {
    const char* role = field.role == KeyRole::identity ? " *" : "";
    EXPECT_THAT(page, HasSubstr(fmt::format("\n| `{}`{} | `{}` | ", field.key, role,
                                            field.write(Config{}))));
  }
}

}  // namespace
}  // namespace lockstep
