#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.h"
#include "sharding/source/pack_source.h"
#include "sharding/source/source_options.h"
#include "sharding/write/pack_writer.h"

namespace lockstep {

using FileContents = std::map<std::string, std::string>;

/// The files directly in a directory, by name.
FileContents read_directory(const std::filesystem::path& directory);
std::string read_text(const std::filesystem::path& path);
/// Makes the parent directories too.
void write_text(const std::filesystem::path& path, std::string_view text);
/// Changes one bit of the byte at `position`.
void flip_bit(const std::filesystem::path& path, std::uint64_t position);

/// Runs `body`, which must throw an Error of `code` whose message holds all of `words`.
void expect_error(ExitCode code, const std::vector<std::string>& words,
                  const std::function<void()>& body);

/// The bytes of an IDX file: magic number, dimensions, data.
std::string idx_bytes(std::uint32_t magic, const std::vector<std::uint32_t>& dimensions,
                      std::string_view data);
std::string gzip(std::string_view bytes);
/// `prefix`-images-… and `prefix`-labels-… in `directory`: `count` images of 4 x 3 pixels, all
/// different, labels 0, 1, 2 in turn.
void write_idx_split(const std::filesystem::path& directory, const std::string& prefix, int count);

/// A PNG of `height` x `width` x `channels` pixels that depend on `seed`.
std::string png_bytes(int height, int width, int channels, unsigned seed);
std::string jpeg_bytes(int height, int width, int channels, unsigned seed);

std::string to_text(std::span<const std::byte> bytes);

/// Options to write a pack there, on two threads.
PackWriterOptions writer_to(const std::filesystem::path& out, ImageOptions image = {});

/// The options of a source that need no others.
SourceOptions source_at(const std::filesystem::path& path, double valid_fraction = 0);
/// Opens that source.
std::unique_ptr<PackSource> source_of(const std::filesystem::path& path, double valid_fraction = 0);

/// "split: source = class", or "= targets", for each sample that a scan takes, in order.
std::vector<std::string> list_samples(const PackSource& source);
/// "path: reason" for each fault that a scan finds, in order.
std::vector<std::string> list_faults(const PackSource& source);

/// Samples in memory, of any kind of label.
class MemorySource final : public PackSource {
 public:
  MemorySource(LabelType label, std::vector<std::string> classes,
               std::vector<std::string> label_names = {})
      : label_(label), classes_(std::move(classes)), label_names_(std::move(label_names)) {}

  /// Adds a raw image of one grey row.
  void add(const std::string& split, const std::string& source, std::string_view pixels,
           std::int64_t label, std::vector<float> targets = {});

  Encoding encoding() const override { return Encoding::raw; }
  LabelType label_type() const override { return label_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  const std::vector<std::string>& label_names() const override { return label_names_; }
  const std::vector<Split>& splits() const override { return splits_; }
  std::unique_ptr<SourcePass> open(const Split& split) const override;
  PackOptionsRecord options() const override { return {{"source", "memory"}}; }
  const std::vector<std::string>& notes() const override { return notes_; }
  const std::vector<SourceFault>& faults() const override { return faults_; }

 private:
  class Pass;

  LabelType label_;
  std::vector<std::string> classes_;
  std::vector<std::string> label_names_;
  std::vector<Split> splits_;
  std::map<std::string, std::vector<SourceSample>> samples_;
  std::vector<std::string> notes_;
  std::vector<SourceFault> faults_;
};

/// `count` rows of `pixels` random pixels to train and a fifth of that to validate, in three
/// classes.
MemorySource random_source(int count, int pixels);

}  // namespace lockstep
