#include "launcher/config/config_fields.h"
#include "launcher/config/field_types.h"

namespace lockstep {

using namespace fields;

namespace {

template <typename... Members>
auto augment(Members... members) {
  return at(&Config::data, &DataOptions::augment, members...);
}

}  // namespace

std::vector<ConfigField> augment_fields() {
  return {
      // A name for numbers, each of which is a key of its own.
      choice("data.augment.preset", free, augment(&AugmentOptions::preset)),
      choice("data.augment.crop", identity, augment(&AugmentOptions::crop)),
      real("data.augment.crop_area_min", identity, augment(&AugmentOptions::crop_area, &Range::min),
           part),
      real("data.augment.crop_area_max", identity, augment(&AugmentOptions::crop_area, &Range::max),
           part),
      real("data.augment.crop_aspect_min", identity,
           augment(&AugmentOptions::crop_aspect, &Range::min), proportions),
      real("data.augment.crop_aspect_max", identity,
           augment(&AugmentOptions::crop_aspect, &Range::max), proportions),
      number("data.augment.crop_padding", identity, augment(&AugmentOptions::crop_padding), 0,
             1024),
      real("data.augment.eval_crop", identity, augment(&AugmentOptions::eval_crop), part),
      choice("data.augment.flip", identity, augment(&AugmentOptions::flip)),
      real("data.augment.shear", identity, augment(&AugmentOptions::shear), {0, 60, true, true}),
      real("data.augment.zoom_min", identity, augment(&AugmentOptions::zoom, &Range::min),
           magnification),
      real("data.augment.zoom_max", identity, augment(&AugmentOptions::zoom, &Range::max),
           magnification),
      real("data.augment.rotate", identity, augment(&AugmentOptions::rotate), {0, 180, true, true}),
      real("data.augment.translate", identity, augment(&AugmentOptions::translate), fraction),
      real("data.augment.warp", identity, augment(&AugmentOptions::warp), {0, 0.3, true, true}),
      real("data.augment.geometry_probability", identity,
           augment(&AugmentOptions::geometry_probability), fraction),
      choice("data.augment.border", identity, augment(&AugmentOptions::border)),
      real("data.augment.brightness", identity, augment(&AugmentOptions::brightness), fraction),
      real("data.augment.contrast", identity, augment(&AugmentOptions::contrast), fraction),
      real("data.augment.saturation", identity, augment(&AugmentOptions::saturation), fraction),
      real("data.augment.hue", identity, augment(&AugmentOptions::hue), {0, 0.5, true, true}),
      real("data.augment.color_probability", identity, augment(&AugmentOptions::color_probability),
           fraction),
      real("data.augment.greyscale", identity, augment(&AugmentOptions::greyscale), fraction),
      choice("data.augment.policy", identity, augment(&AugmentOptions::policy)),
      number("data.augment.rand_operations", identity, augment(&AugmentOptions::rand_operations), 1,
             14),
      number("data.augment.rand_magnitude", identity, augment(&AugmentOptions::rand_magnitude), 0,
             30),
      real("data.augment.erase", identity, augment(&AugmentOptions::erase), fraction),
      real("data.augment.erase_area_min", identity,
           augment(&AugmentOptions::erase_area, &Range::min), part),
      real("data.augment.erase_area_max", identity,
           augment(&AugmentOptions::erase_area, &Range::max), part),
      real("data.augment.erase_aspect_min", identity,
           augment(&AugmentOptions::erase_aspect, &Range::min), proportions),
      real("data.augment.erase_aspect_max", identity,
           augment(&AugmentOptions::erase_aspect, &Range::max), proportions),
      choice("data.augment.erase_fill", identity, augment(&AugmentOptions::erase_fill)),
      real("data.augment.mixup", identity, augment(&AugmentOptions::mixup), mix_alpha),
      real("data.augment.cutmix", identity, augment(&AugmentOptions::cutmix), mix_alpha),
      real("data.augment.mix_probability", identity, augment(&AugmentOptions::mix_probability),
           fraction),
  };
}

}  // namespace lockstep
