#include "imaging/augment/augment_geometry.h"

#include <array>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/imaging/golden.h"

namespace lockstep {
namespace {

Image render(const Homography& map, Border border, Extent size, const Image& source) {
  ImageRenderer renderer;
  renderer.open(stored(source));
  Image picture;
  picture.reshape(size.height, size.width, source.channels());
  renderer.render(map, border, target_of(picture));
  return picture;
}

Image render(const Geometry& geometry, Border border, Extent size, const Image& source) {
  return render(output_to_source(geometry, size), border, size, source);
}

Geometry whole(const Image& source) {
  Geometry geometry;
  geometry.crop = {0, 0, source.height(), source.width()};
  return geometry;
}

TEST(Geometry, FlipsAndShiftsAreExact) {
  const Image scene = golden("scene");
  const Extent size{scene.height(), scene.width()};
  Geometry geometry = whole(scene);
  EXPECT_EQ(difference(render(geometry, Border::black, size, scene), scene).largest, 0);
  geometry.mirror_x = true;
  EXPECT_EQ(difference(render(geometry, Border::black, size, scene), golden("horizontal")).largest,
            0);
  geometry = whole(scene);
  geometry.mirror_y = true;
  EXPECT_EQ(difference(render(geometry, Border::black, size, scene), golden("vertical")).largest,
            0);
  geometry = whole(scene);
  geometry.shift_y = -9;
  geometry.shift_x = 13;
  for (const auto& [border, name] : {std::pair{Border::black, "shift_constant"},
                                     {Border::edge, "shift_edge"},
                                     {Border::reflect, "shift_reflect"}}) {
    EXPECT_EQ(difference(render(geometry, border, size, scene), golden(name)).largest, 0) << name;
  }
}

TEST(Geometry, ASquareHasEightSymmetries) {
  const Image square = golden("dihedral_0");
  const Extent size{square.height(), square.width()};
  for (int symmetry = 0; symmetry < 8; ++symmetry) {
    Geometry geometry = whole(square);
    geometry.mirror_x = (symmetry & 1) != 0;
    geometry.mirror_y = (symmetry & 2) != 0;
    geometry.transpose = (symmetry & 4) != 0;
    const Image expected = golden("dihedral_" + std::to_string(symmetry));
    EXPECT_EQ(difference(render(geometry, Border::black, size, square), expected).largest, 0)
        << symmetry;
  }
}

/// Two good ways of resampling a smooth picture: this many levels apart on average, and nowhere
/// another place of the picture.
void expect_alike(const Image& picture, const std::string& name, double mean = 0.5) {
  const Difference apart = difference(picture, golden(name));
  EXPECT_LE(apart.mean, mean) << name;
  EXPECT_LE(apart.largest, 12) << name;
}

TEST(Geometry, MovesAsTorchvisionPilAndFastai) {
  const Image scene = golden("scene");
  const Extent size{scene.height(), scene.width()};
  const auto expect = [&](const std::string& name, auto change) {
    Geometry geometry = whole(scene);
    change(geometry);
    expect_alike(render(geometry, Border::black, size, scene), name);
  };
  expect("rotate_17", [](Geometry& g) { g.rotate = 17; });
  expect("shear_12_-7", [](Geometry& g) {
    g.shear_x = 12;
    g.shear_y = -7;
  });
  expect("zoom_140", [](Geometry& g) {
    g.zoom = 1.4;
    g.zoom_place = {0.2, 0.7};
  });
  expect("warp_20_-15", [](Geometry& g) {
    g.warp_x = 0.2;
    g.warp_y = -0.15;
  });
  // torchvision's affine(-21 degrees, translate (6, -5), scale 1.2, shear (8, 5)), all at once.
  expect("affine", [&](Geometry& g) {
    g.shear_x = 8;
    g.shear_y = 5;
    g.zoom = 1.2;
    g.rotate = 21;
    g.translate_x = 6.0 / size.width;
    g.translate_y = -5.0 / size.height;
  });
}

TEST(Geometry, CropsAreResizedAsByTorchvision) {
  const Image scene = golden("scene");
  Geometry geometry;
  geometry.crop = {5, 11, 36, 27};
  expect_alike(render(geometry, Border::black, {24, 24}, scene), "resized_crop");
  geometry.crop = {20, 30, 12, 16};
  // torchvision cuts the crop out first, so its edge pixels know no neighbours.
  expect_alike(render(geometry, Border::black, {24, 32}, scene), "enlarged_crop", 1);
}

TEST(Geometry, IsTheProductOfItsParts) {
  const Extent size{30, 20};
  Geometry all;
  all.crop = {3, 7, 60, 50};
  all.shift_y = 2;
  all.shift_x = -3;
  all.mirror_x = true;
  all.shear_x = 10;
  all.shear_y = -20;
  all.zoom = 1.5;
  all.zoom_place = {0.3, 0.9};
  all.rotate = 33;
  all.translate_y = 0.1;
  all.translate_x = -0.2;
  all.policy = shear_x(0.3);
  all.warp_x = 0.2;
  all.warp_y = 0.1;

  // Each alone, on the picture itself; then one after the other.
  const auto alone = [&](auto change) {
    Geometry one;
    one.crop = {0, 0, size.height, size.width};
    change(one);
    return output_to_source(one, size);
  };
  const Homography maps[] = {
      alone([&](Geometry& g) { g.crop = all.crop; }),
      alone([&](Geometry& g) { g.shift_y = all.shift_y, g.shift_x = all.shift_x; }),
      alone([&](Geometry& g) { g.mirror_x = true; }),
      alone([&](Geometry& g) { g.shear_x = all.shear_x, g.shear_y = all.shear_y; }),
      alone([&](Geometry& g) { g.zoom = all.zoom, g.zoom_place = all.zoom_place; }),
      alone([&](Geometry& g) { g.rotate = all.rotate; }),
      alone([&](Geometry& g) { g.translate_y = 0.1, g.translate_x = -0.2; }),
      alone([&](Geometry& g) { g.policy = all.policy; }),
      alone([&](Geometry& g) { g.warp_x = all.warp_x, g.warp_y = all.warp_y; }),
  };
  const Homography composed = output_to_source(all, size);
  for (const Point corner : {Point{0, 0}, {20, 0}, {0, 30}, {20, 30}, {11.5, 4.25}}) {
    Point p = corner;
    for (auto map = std::rbegin(maps); map != std::rend(maps); ++map) p = (*map)(p);
    EXPECT_NEAR(composed(corner).x, p.x, 1e-9);
    EXPECT_NEAR(composed(corner).y, p.y, 1e-9);
  }
}

TEST(Geometry, AWarpHasNoHorizonInThePicture) {
  for (const double x : {-0.3, 0.0, 0.3}) {
    for (const double y : {-0.3, 0.0, 0.3}) {
      Geometry geometry;
      geometry.crop = {0, 0, 40, 60};
      geometry.warp_x = x;
      geometry.warp_y = y;
      const Homography map = output_to_source(geometry, {40, 60});
      const auto depth = [&](double px, double py) {
        return map.m[6] * px + map.m[7] * py + map.m[8];
      };
      const double centre = depth(30, 20);
      for (const Point corner : {Point{0, 0}, {60, 0}, {0, 40}, {60, 40}}) {
        EXPECT_GT(depth(corner.x, corner.y) / centre, 0.2) << x << ' ' << y;
      }
    }
  }
}

TEST(Homography, AnInverseUndoes) {
  const Homography map = unit_square_to({{{1, 2}, {9, 1}, {12, 8}, {0, 7}}}) * rotation(20);
  const Homography both = inverse(map) * map;
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_NEAR(both.m[i] / both.m[8], Homography{}.m[i], 1e-12) << i;
  }
}

TEST(Homography, TheUnitSquareGoesToItsCorners) {
  const std::array<Point, 4> corners = {{{1, 2}, {9, 1}, {12, 8}, {0, 7}}};
  const Homography map = unit_square_to(corners);
  const std::array<Point, 4> square = {{{0, 0}, {1, 0}, {1, 1}, {0, 1}}};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(map(square[i]).x, corners[i].x, 1e-12);
    EXPECT_NEAR(map(square[i]).y, corners[i].y, 1e-12);
  }
}

TEST(Geometry, PoliciesMoveAsTorchvisions) {
  const Image scene = golden("scene");
  const Extent size{scene.height(), scene.width()};
  const std::pair<const char*, Homography> moves[] = {
      {"policy_ShearX", shear_x(0.3)},
      {"policy_ShearY", shear_y(-0.2)},
      {"policy_TranslateX", translation(-9, 0)},
      {"policy_TranslateY", translation(0, 6)},
      {"policy_Rotate", about({size.width / 2.0, size.height / 2.0}, rotation(-24))},
  };
  for (const auto& [name, map] : moves) {
    Geometry geometry = whole(scene);
    geometry.policy = map;
    expect_alike(render(geometry, Border::black, size, scene), name);
  }
}

}  // namespace
}  // namespace lockstep
