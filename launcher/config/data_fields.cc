#include "launcher/config/config_fields.h"
#include "launcher/config/field_types.h"

namespace lockstep {

using namespace fields;

namespace {

bool normalises(const Config& config) { return config.data.normalise == Normalise::pack; }
bool shuffles_blocks(const Config& config) { return config.data.shuffle == Shuffle::block; }

}  // namespace

std::vector<ConfigField> data_fields() {
  return {
      // The pack itself is compared by its fingerprint; where it lies is free.
      text("data.pack", free, at(&Config::data, &DataOptions::pack)),
      texts("data.train", identity, at(&Config::data, &DataOptions::train), Alone::text),
      text("data.valid", identity, at(&Config::data, &DataOptions::valid), Empty::allowed),
      texts("data.classes", identity, at(&Config::data, &DataOptions::classes), Alone::list),
      number("data.limit", identity, at(&Config::data, &DataOptions::limit), 0),
      choice("data.shuffle", identity, at(&Config::data, &DataOptions::shuffle)),
      depending("data.shuffle", shuffles_blocks,
                number("data.shuffle_block", identity,
                       at(&Config::data, &DataOptions::block_shuffle,
                          &BlockShuffleOptions::block_samples),
                       1, 1 << 20)),
      depending("data.shuffle", shuffles_blocks,
                number("data.shuffle_window", identity,
                       at(&Config::data, &DataOptions::block_shuffle,
                          &BlockShuffleOptions::window_blocks),
                       1, 1 << 20)),
      choice("data.balance", identity, at(&Config::data, &DataOptions::balance)),
      resolved_from("0", number("data.image_size", identity,
                                at(&Config::data, &DataOptions::image_size), 0, 8192)),
      resolved_from("0",
                    choice_of("data.channels", identity, at(&Config::data, &DataOptions::channels),
                              {{"0", 0}, {"1", 1}, {"3", 3}})),
      choice("data.normalise", identity, at(&Config::data, &DataOptions::normalise)),
      depending("data.normalise", normalises,
                resolved_from("[]", reals("data.mean", identity,
                                          at(&Config::data, &DataOptions::mean), fraction))),
      depending("data.normalise", normalises,
                resolved_from(
                    "[]", reals("data.std", identity, at(&Config::data, &DataOptions::std), part))),
      number_or_auto("data.workers", free, at(&Config::data, &DataOptions::workers), 0, 256),
      number("data.prefetch", free, at(&Config::data, &DataOptions::prefetch), 1, 1024),
      text("data.stage", free, at(&Config::data, &DataOptions::stage), Empty::allowed),
      depending(
          "data.stage", [](const Config& config) { return !config.data.stage.empty(); },
          choice_of("data.stage_keep", free, at(&Config::data, &DataOptions::stage_keep),
                    {{"true", true}, {"false", false}})),
  };
}

}  // namespace lockstep
