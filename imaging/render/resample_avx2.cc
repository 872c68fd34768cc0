#include "imaging/render/resample_avx2.h"

#if defined(__x86_64__)

#include <cstring>
#include <immintrin.h>

#include "imaging/render/resample_plain.h"

#define LOCKSTEP_AVX2 __attribute__((target("avx2")))

namespace lockstep {
namespace {

/// Two 16-bit weights as the pair that _mm256_madd_epi16 takes.
int pair_at(const std::int16_t* weights) {
  int pair;
  std::memcpy(&pair, weights, sizeof pair);
  return pair;
}

LOCKSTEP_AVX2 __m256i load_words(const std::uint8_t* bytes) {
  return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
}

/// 16 values at a time, two rows at a time.
LOCKSTEP_AVX2 void blend_rows(std::span<const std::uint8_t* const> rows,
                              std::span<const std::int16_t> weights, int count, std::int16_t* out) {
  const int whole = count & ~15;
  for (int i = 0; i < whole; i += 16) {
    __m256i low = _mm256_set1_epi32(1 << 7);
    __m256i high = low;
    for (std::size_t k = 0; k < rows.size(); k += 2) {
      const bool alone = k + 1 == rows.size();
      const __m256i first = load_words(rows[k] + i);
      const __m256i second = alone ? _mm256_setzero_si256() : load_words(rows[k + 1] + i);
      const __m256i pair = _mm256_set1_epi32(alone ? weights[k] : pair_at(&weights[k]));
      low = _mm256_add_epi32(low, _mm256_madd_epi16(_mm256_unpacklo_epi16(first, second), pair));
      high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_unpackhi_epi16(first, second), pair));
    }
    const __m256i packed =
        _mm256_packs_epi32(_mm256_srai_epi32(low, 8), _mm256_srai_epi32(high, 8));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), packed);
  }
  if (whole == count) return;
  for (int i = whole; i < count; ++i) {
    int sum = 1 << 7;
    for (std::size_t k = 0; k < rows.size(); ++k) sum += weights[k] * rows[k][i];
    out[i] = static_cast<std::int16_t>(sum >> 8);
  }
}

/// The sums of two output pixels of `taps` weights (`kTaps`, where that is not 0), one in each
/// half: red, green, blue and one that means nothing.
template <int kTaps>
LOCKSTEP_AVX2 __m256i rgb_sums(const std::int16_t* row_0, const std::int16_t* row_1,
                               const std::int16_t* weights_0, const std::int16_t* weights_1,
                               int taps) {
  // Two pixels (r g b r' g' b') to pairs (r r' g g' b b').
  const __m256i pairs = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, -1, -1, -1, -1));
  __m256i sums = _mm256_set1_epi32(1 << 19);
  const int count = kTaps == 0 ? taps : kTaps;
  for (int k = 0; k < count; k += 2) {
    const auto* from_0 = reinterpret_cast<const __m128i*>(row_0 + 3 * k);
    const auto* from_1 = reinterpret_cast<const __m128i*>(row_1 + 3 * k);
    const __m256i pixels = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(from_0)),
                                                   _mm_loadu_si128(from_1), 1);
    const __m256i weights =
        _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_set1_epi32(pair_at(weights_0 + k))),
                                _mm_set1_epi32(pair_at(weights_1 + k)), 1);
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_shuffle_epi8(pixels, pairs), weights));
  }
  return _mm256_srai_epi32(sums, 20);
}

template <int kTaps>
LOCKSTEP_AVX2 void filter_rgb_row(const std::int16_t* row, const AxisFilter& columns,
                                  std::uint8_t* out) {
  // Copies: a store of bytes may change anything, so that members would be loaded again.
  const int first_column = columns.first();
  const int outputs = columns.outputs();
  const int taps = kTaps == 0 ? columns.taps() : kTaps;
  const auto from = [&](int x) { return row + (columns.start(x) - first_column) * 3; };
  const std::int16_t* weights = columns.row(0);
  // Pixels 0 and 2 in the lower half, 1 and 3 in the upper one, four bytes each.
  const __m256i three_bytes =
      _mm256_setr_epi8(0, 1, 2, -1, -1, -1, 4, 5, 6, -1, -1, -1, -1, -1, -1, -1,  //
                       -1, -1, -1, 0, 1, 2, -1, -1, -1, 4, 5, 6, -1, -1, -1, -1);
  int x = 0;
  for (; x + 4 <= outputs; x += 4, out += 12, weights += 4 * taps) {
    const __m256i first = rgb_sums<kTaps>(from(x), from(x + 1), weights, weights + taps, taps);
    const __m256i second =
        rgb_sums<kTaps>(from(x + 2), from(x + 3), weights + 2 * taps, weights + 3 * taps, taps);
    const __m256i words = _mm256_packs_epi32(first, second);
    const __m256i bytes = _mm256_shuffle_epi8(_mm256_packus_epi16(words, words), three_bytes);
    const __m128i pixels =
        _mm_or_si128(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out), pixels);
    const int last = _mm_extract_epi32(pixels, 2);
    std::memcpy(out + 8, &last, sizeof last);
  }
  for (; x < outputs; ++x, out += 3, weights += taps) {
    const __m256i sums = rgb_sums<kTaps>(from(x), from(x), weights, weights, taps);
    const __m256i words = _mm256_packs_epi32(sums, sums);
    const int pixel = _mm256_extract_epi32(_mm256_packus_epi16(words, words), 0);
    std::memcpy(out, &pixel, 3);
  }
}

void filter_row(const std::int16_t* row, const AxisFilter& columns, int channels,
                std::uint8_t* out) {
  if (channels != 3) {
    plain_resample_kernels().filter_row(row, columns, channels, out);
  } else if (columns.taps() == 4) {
    filter_rgb_row<4>(row, columns, out);
  } else if (columns.taps() == 6) {
    filter_rgb_row<6>(row, columns, out);
  } else {
    filter_rgb_row<0>(row, columns, out);
  }
}

}  // namespace

std::optional<ResampleKernels> avx2_resample_kernels() {
  if (!__builtin_cpu_supports("avx2")) return std::nullopt;
  return ResampleKernels{blend_rows, filter_row};
}

}  // namespace lockstep

#else

namespace lockstep {
std::optional<ResampleKernels> avx2_resample_kernels() { return std::nullopt; }
}  // namespace lockstep

#endif
