#include "imaging/augment/augment_presets.h"

namespace lockstep {

AugmentOptions augment_preset(AugmentPreset preset) {
  AugmentOptions options;
  options.preset = preset;
  switch (preset) {
    case AugmentPreset::none:
      break;
    case AugmentPreset::light:
      options.flip = FlipKind::horizontal;
      options.translate = 0.0625;
      options.border = Border::reflect;
      options.brightness = 0.1;
      options.contrast = 0.1;
      break;
    case AugmentPreset::side_on:
    case AugmentPreset::top_down:
      options.crop = CropKind::random;
      options.flip = preset == AugmentPreset::side_on ? FlipKind::horizontal : FlipKind::dihedral;
      options.zoom = {1, 1.1};
      options.rotate = 10;
      options.warp = 0.2;
      options.geometry_probability = 0.75;
      options.border = Border::reflect;
      options.brightness = 0.2;
      options.contrast = 0.2;
      options.color_probability = 0.75;
      break;
    case AugmentPreset::imagenet:
      options.crop = CropKind::random_resized;
      options.eval_crop = 0.875;
      options.flip = FlipKind::horizontal;
      break;
    case AugmentPreset::xray:
      options.zoom = {0.95, 1.1};
      options.rotate = 7;
      options.translate = 0.03;
      options.geometry_probability = 0.75;
      options.brightness = 0.15;
      options.contrast = 0.15;
      options.color_probability = 0.75;
      break;
  }
  return options;
}

}  // namespace lockstep
