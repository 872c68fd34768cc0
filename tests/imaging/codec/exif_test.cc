#include "imaging/codec/exif.h"

#include <gtest/gtest.h>

#include "tests/imaging/encoders.h"
#include "tests/imaging/exif_bytes.h"

namespace lockstep {
namespace {

TEST(Exif, StatesTheOrientationInEitherByteOrder) {
  for (bool little_endian : {false, true}) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
      EXPECT_EQ(exif_orientation(tiff_with(orientation, little_endian)), orientation);
    }
  }
}

TEST(Exif, DamageMeansUpright) {
  EXPECT_EQ(exif_orientation({}), 1);
  for (bool little_endian : {false, true}) {
    for (int orientation : {0, 9, 255}) {
      EXPECT_EQ(exif_orientation(tiff_with(orientation, little_endian)), 1);
    }
    const Encoded whole = tiff_with(6, little_endian);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Encoded cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      const int read = exif_orientation(cut);
      EXPECT_TRUE(read == 1 || (read == 6 && size >= 34)) << size;
    }
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
      Encoded damaged = whole;
      damaged[bit / 8] ^= std::byte(1u << bit % 8);
      const int read = exif_orientation(damaged);
      EXPECT_TRUE(read >= 1 && read <= 8);
    }
  }
}

}  // namespace
}  // namespace lockstep
