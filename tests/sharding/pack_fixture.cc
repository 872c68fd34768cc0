#include "tests/sharding/pack_fixture.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <zlib.h>

#include <gmock/gmock.h>

#include "sharding/listing/open_source.h"
#include "sharding/write/source_scan.h"
#include "tests/imaging/encoders.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

Pixels random_pixels(int height, int width, int channels, unsigned seed) {
  std::mt19937 random(seed);
  Pixels pixels(static_cast<std::size_t>(height) * width * channels);
  for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(random() >> 24);
  return pixels;
}

}  // namespace

std::string read_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_text(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

FileContents read_directory(const fs::path& directory) {
  FileContents contents;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    contents[entry.path().filename()] = entry.is_regular_file() ? read_text(entry.path()) : "";
  }
  return contents;
}

void flip_bit(const fs::path& path, std::uint64_t position) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(position));
  const char byte = static_cast<char>(file.get() ^ 0x10);
  file.seekp(static_cast<std::streamoff>(position));
  file.put(byte);
}

void expect_error(ExitCode code, const std::vector<std::string>& words,
                  const std::function<void()>& body) {
  try {
    body();
    ADD_FAILURE() << "no error was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    for (const std::string& word : words) {
      EXPECT_THAT(std::string(error.what()), testing::HasSubstr(word));
    }
  }
}

std::string idx_bytes(std::uint32_t magic, const std::vector<std::uint32_t>& dimensions,
                      std::string_view data) {
  std::string bytes;
  const auto put = [&](std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  };
  put(magic);
  for (const std::uint32_t dimension : dimensions) put(dimension);
  return bytes.append(data);
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  constexpr int gzip_window = 15 + 16;
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

void write_idx_split(const fs::path& directory, const std::string& prefix, int count) {
  std::string pixels;
  std::string labels;
  for (int i = 0; i < count; ++i) {
    for (int k = 0; k < 12; ++k) pixels += static_cast<char>((i * 31 + k * 7) ^ (i >> 3));
    labels += static_cast<char>(i % 3);
  }
  const auto size = static_cast<std::uint32_t>(count);
  write_text(directory / (prefix + "-images-idx3-ubyte"), idx_bytes(0x803, {size, 4, 3}, pixels));
  write_text(directory / (prefix + "-labels-idx1-ubyte"), idx_bytes(0x801, {size}, labels));
}

std::string png_bytes(int height, int width, int channels, unsigned seed) {
  const auto color = channels == 1 ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR;
  return to_text(encode_png(random_pixels(height, width, channels, seed), height, width,
                            {.color_type = static_cast<std::uint8_t>(color)}));
}

std::string jpeg_bytes(int height, int width, int channels, unsigned seed) {
  return to_text(encode_jpeg(random_pixels(height, width, channels, seed), height, width,
                             channels == 1 ? JpegKind::grey : JpegKind::rgb));
}

std::string to_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

PackWriterOptions writer_to(const fs::path& out, ImageOptions image) {
  PackWriterOptions options;
  options.out = out;
  options.jobs = 2;
  options.image = image;
  return options;
}

SourceOptions source_at(const fs::path& path, double valid_fraction) {
  SourceOptions options;
  options.source = path;
  options.valid_fraction = valid_fraction;
  return options;
}

std::unique_ptr<PackSource> source_of(const fs::path& path, double valid_fraction) {
  return open_source(source_at(path, valid_fraction));
}

std::vector<std::string> list_samples(const PackSource& source) {
  std::vector<std::string> result;
  scan_source(source, {.jobs = 3, .progress = {}},
              [&](const PackSource::Split& split, const SourceSample& sample) {
                result.push_back(fmt::format("{}: {} = {}", split.name, sample.source,
                                             label_text(source, sample)));
              });
  return result;
}

std::vector<std::string> list_faults(const PackSource& source) {
  std::vector<std::string> result;
  for (const SourceFault& fault : scan_source(source, {.jobs = 3, .progress = {}}).faults) {
    result.push_back(fmt::format("{}: {}", fault.path, reason(fault)));
  }
  return result;
}

class MemorySource::Pass final : public SourcePass {
 public:
  explicit Pass(const std::vector<SourceSample>& samples) : samples_(samples) {}

  std::size_t next(std::vector<SourceSample>& samples) override {
    const std::size_t count = std::min<std::size_t>(7, samples_.size() - next_);
    if (samples.size() < count) samples.resize(count);
    for (std::size_t i = 0; i < count; ++i) samples[i] = samples_[next_++];
    return count;
  }
  void load(SourceSample&) const override {}

 private:
  const std::vector<SourceSample>& samples_;
  std::size_t next_ = 0;
};

void MemorySource::add(const std::string& split, const std::string& source, std::string_view pixels,
                       std::int64_t label, std::vector<float> targets) {
  const auto found = std::ranges::find(splits_, split, &Split::name);
  if (found == splits_.end()) {
    splits_.push_back({split, 1});
  } else {
    ++found->samples;
  }
  SourceSample sample;
  sample.source = source;
  const auto bytes = std::as_bytes(std::span(pixels));
  sample.bytes.assign(bytes.begin(), bytes.end());
  sample.record.height = 1;
  sample.record.width = static_cast<std::uint32_t>(pixels.size());
  sample.record.channels = 1;
  sample.label = label;
  sample.targets = std::move(targets);
  samples_[split].push_back(std::move(sample));
}

std::unique_ptr<SourcePass> MemorySource::open(const Split& split) const {
  return std::make_unique<Pass>(samples_.at(split.name));
}

MemorySource random_source(int count, int pixels) {
  MemorySource source({LabelKind::int64, 1}, {"ant", "bee", "cat"});
  for (int i = 0; i < count + count / 5; ++i) {
    const Pixels row = random_pixels(1, pixels, 1, static_cast<unsigned>(i));
    source.add(i < count ? "train" : "valid", fmt::format("{:05}.png", i),
               {reinterpret_cast<const char*>(row.data()), row.size()}, i % 3);
  }
  return source;
}

}  // namespace lockstep
