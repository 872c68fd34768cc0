#include "launcher/cli/model_source_options.h"

#include "launcher/cli/option_types.h"
#include "launcher/setup/run_directory.h"
#include "trainer/lane/input_spec.h"

namespace lockstep {

void add_model_source(CLI::App& app, ModelSource& source) {
  app.add_option("--device", source.device, "Default: the run's train.device, else auto")
      ->check(CLI::IsMember({"auto", "cpu", "cuda"}).description(""))
      ->type_name("auto|cpu|cuda");
  add_optional_choice(
      app, "--precision", source.precision,
      "Default: the run's train.precision; auto: bf16 on a GPU that computes in it, "
      "else fp32");
  add_number(app, "--batch", source.batch, 1, 1 << 20,
             "Samples per batch; default: the run's train.batch");
  app.add_flag("--ema", source.ema,
               "The average of the weights that a run with ema.decay or average.last\nkeeps");
  add_number(app, "--snapshots", source.snapshots, 1, 1000,
             "The mean of the answers of a run's newest N checkpoints");
  app.option_defaults()->group("A file of weights instead of a run");
  app.add_option("--weights", source.weights,
                 "What `lockstep export` has written, or anybody's safetensors or\n"
                 ".pth file, which needs --model")
      ->type_name("FILE");
  app.add_option("--model", source.model, "The network that the file is of; see `lockstep models`")
      ->type_name("NAME");
  add_number(app, "--image-size", source.image_size, 1, kMostInputSide,
             "Side of the network's input, in pixels; default: the network's usual");
  add_real(app, "--crop", source.crop,
           "The part of an image's shorter side that is kept, around its middle;\n"
           "default: the network's usual")
      ->type_name("PART");
  add_list(app, "--mean", source.mean,
           "Per channel, white = 1; default: that of the network's usual weights")
      ->delimiter(',')
      ->type_name("R,G,B");
  add_list(app, "--std", source.std, "The same")->delimiter(',')->type_name("R,G,B");
  app.add_option("--classes", source.classes,
                 "A file with a class's name a line; default: they are numbered")
      ->type_name("FILE");
  app.option_defaults()->group("OPTIONS");
}

void add_asking(CLI::App& app, Asking& asking) {
  constexpr int kMostViews = 1000;
  const auto read_views = [&asking](const std::string& text) {
    TestTimeAugmentation& augmentation = asking.augmentation;
    if (text == "flips" || text == "crops") {
      augmentation.views = text == "flips" ? Views::flips : Views::crops;
      return;
    }
    const std::optional<int> drawn = parse_number<int>(text);
    if (!drawn || *drawn < 2 || *drawn > kMostViews) {
      throw CLI::ValidationError(
          "--tta", "'" + text + "' is neither flips nor crops nor " + range_text(2, kMostViews));
    }
    augmentation.drawn = *drawn;
  };
  app.add_option_function<std::string>(
         "--tta", read_views,
         "The mean of the answers for several views of each image: it and its mirror\n"
         "image, five crops, or N, all but the first as training would draw them")
      ->type_name("flips|crops|N");
  app.add_option("--ensemble", asking.ensemble,
                 "The mean of the answers with those of these models: runs, checkpoints or\n"
                 "files of `lockstep export`")
      ->type_name("RUN...");
  add_model_source(app, asking.source);
}

std::string device_of(const ModelSource& source) {
  if (!source.device.empty()) return source.device;
  if (source.target.empty()) return "auto";
  const std::optional<Config> run = RunDirectory(source.target).saved_config();
  return run ? run->train.device : "auto";
}

}  // namespace lockstep
