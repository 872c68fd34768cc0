#pragma once

#include <span>

#include "core/names.h"
#include "imaging/render/image_renderer.h"

namespace lockstep {

/// Two ends of an interval that numbers are drawn from.
struct Range {
  double min = 0;
  double max = 0;

  bool operator==(const Range&) const = default;
};

/// A named set of the numbers below; see augment_presets.h.
enum class AugmentPreset { none, light, side_on, top_down, imagenet, xray };
inline constexpr EnumName<AugmentPreset> kAugmentPresetNames[] = {
    {AugmentPreset::none, "none"},         {AugmentPreset::light, "light"},
    {AugmentPreset::side_on, "side_on"},   {AugmentPreset::top_down, "top_down"},
    {AugmentPreset::imagenet, "imagenet"}, {AugmentPreset::xray, "xray"}};
constexpr std::span<const EnumName<AugmentPreset>> enum_names(AugmentPreset) {
  return kAugmentPresetNames;
}

/// Which part of an image becomes the picture.
enum class CropKind {
  centre,          ///< the largest part with the picture's proportions, around the centre
  random,          ///< that part at a random place
  random_resized,  ///< a part of random area and proportions (torchvision's RandomResizedCrop)
  presized,        ///< `random`, and inside of it `random_resized`
};
inline constexpr EnumName<CropKind> kCropNames[] = {{CropKind::centre, "centre"},
                                                    {CropKind::random, "random"},
                                                    {CropKind::random_resized, "random_resized"},
                                                    {CropKind::presized, "presized"}};
constexpr std::span<const EnumName<CropKind>> enum_names(CropKind) { return kCropNames; }

enum class FlipKind {
  none,
  horizontal,  ///< left to right, with probability 1/2
  vertical,    ///< top to bottom, with probability 1/2
  both,        ///< each of the two with probability 1/2
  dihedral,    ///< the eight symmetries of a square, equally likely
};
inline constexpr EnumName<FlipKind> kFlipNames[] = {{FlipKind::none, "none"},
                                                    {FlipKind::horizontal, "horizontal"},
                                                    {FlipKind::vertical, "vertical"},
                                                    {FlipKind::both, "both"},
                                                    {FlipKind::dihedral, "dihedral"}};
constexpr std::span<const EnumName<FlipKind>> enum_names(FlipKind) { return kFlipNames; }

/// Operations that are drawn from a list (see auto_augment.h).
enum class AugmentPolicy { none, rand_augment, trivial_augment };
inline constexpr EnumName<AugmentPolicy> kAugmentPolicyNames[] = {
    {AugmentPolicy::none, "none"},
    {AugmentPolicy::rand_augment, "rand_augment"},
    {AugmentPolicy::trivial_augment, "trivial_augment"}};
constexpr std::span<const EnumName<AugmentPolicy>> enum_names(AugmentPolicy) {
  return kAugmentPolicyNames;
}

enum class EraseFill {
  mean,   ///< TransformOptions::fill
  noise,  ///< every byte at random
};
inline constexpr EnumName<EraseFill> kEraseFillNames[] = {{EraseFill::mean, "mean"},
                                                          {EraseFill::noise, "noise"}};
constexpr std::span<const EnumName<EraseFill>> enum_names(EraseFill) { return kEraseFillNames; }

/// What is done at random to a training image. Every draw is a function of (seed, epoch, position
/// in the epoch's order), so the images of a run are the same on any number of ranks and after any
/// restart. The defaults do nothing, and an operation that is off draws nothing.
struct AugmentOptions {
  AugmentPreset preset = AugmentPreset::none;  ///< only the name; the numbers are below

  // Which part of the image is seen.

  CropKind crop = CropKind::centre;
  Range crop_area = {0.08, 1};          ///< of the whole; of random_resized and presized
  Range crop_aspect = {0.75, 4.0 / 3};  ///< width / height, log-uniform; of the same two
  /// Pad this many pixels of the border on each side, then crop back to the picture's size at a
  /// random place. 0: off. Only for CropKind::centre: the others draw a place themselves.
  int crop_padding = 0;
  /// Evaluation keeps this part of the shorter side, around the centre: 0.875 is "resize to 256,
  /// crop 224". 1: all.
  double eval_crop = 1;

  // How it is moved. Drawn uniformly. Shear and rotation are about the picture's centre.

  FlipKind flip = FlipKind::none;
  double shear = 0;      ///< up to this many degrees along x, and along y
  Range zoom = {1, 1};   ///< magnification, about a random place
  double rotate = 0;     ///< up to this many degrees either way
  double translate = 0;  ///< up to this part of the picture's height, and of its width
  double warp = 0;       ///< perspective: a corner moves by up to this part of half the side; at
                         ///< most 0.3, beyond which a corner may be at infinity
  double geometry_probability = 1;  ///< of each: shear, zoom, rotate, translate, warp
  Border border = Border::black;

  // Colour: factors in [1 - x, 1 + x], at least 0.

  double brightness = 0;
  double contrast = 0;
  double saturation = 0;
  double hue = 0;                ///< up to this part of a full turn either way
  double color_probability = 1;  ///< of each of these four
  double greyscale = 0;          ///< probability that the picture becomes grey

  // Lists of operations.

  AugmentPolicy policy = AugmentPolicy::none;
  int rand_operations = 2;  ///< of rand_augment: operations per image
  int rand_magnitude = 9;   ///< of rand_augment: 0 to 30, all of its operations

  // Random erasing: a box of the picture is filled.

  double erase = 0;                 ///< probability
  Range erase_area = {0.02, 0.33};  ///< of the whole
  Range erase_aspect = {0.3, 3.3};  ///< height / width, log-uniform
  EraseFill erase_fill = EraseFill::mean;

  // Two samples of a batch in one; see mix.h.

  double mixup = 0;   ///< alpha of Beta(alpha, alpha), from which a blend's share is drawn; 0: off
  double cutmix = 0;  ///< the same for the area of a box that is pasted; 0: off
  double mix_probability = 1;  ///< that a sample is mixed at all
};

/// Throws Error(usage), with advice, where the options contradict each other. Single values are
/// taken as they are: the config's fields refuse those that are out of range.
void check_augment_options(const AugmentOptions& options);

}  // namespace lockstep
