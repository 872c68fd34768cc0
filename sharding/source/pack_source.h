#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sharding/format/pack_manifest.h"
#include "sharding/format/sample.h"
#include "sharding/source/source_fault.h"
#include "sharding/source/source_listing.h"

namespace lockstep {

/// A sample on its way from a source into a pack.
struct SourceSample : Sample {
  std::string source;  ///< its path relative to SOURCE, as /source will say
};

/// One pass over the samples of a split, in the order of their ids.
class SourcePass {
 public:
  virtual ~SourcePass() = default;

  /// Names the next samples, a handful at a time: `source` and label are set, in `samples[0]` to
  /// `samples[count - 1]`, whose memory is reused. Returns the count, 0 at the end. One thread at a
  /// time.
  virtual std::size_t next(std::vector<SourceSample>& samples) = 0;

  /// Sets `bytes`: an encoded file as it came, or pixels, whose shape it sets in the record. Any
  /// number of threads at once. Throws BadSample where this sample is to be left out; any other
  /// Error ends the pass.
  virtual void load(SourceSample& sample) const = 0;
};

/// Where images come from. What it gives is a function of the files and its options: the same for
/// every pass.
///
///     for (const PackSource::Split& split : source->splits()) {
///       const std::unique_ptr<SourcePass> pass = source->open(split);
///       while (const std::size_t count = pass->next(samples)) ...
///     }
class PackSource {
 public:
  struct Split {
    std::string name;
    std::uint64_t samples = 0;
  };

  virtual ~PackSource() = default;

  virtual Encoding encoding() const = 0;
  virtual LabelType label_type() const = 0;
  /// Names of the classes, in the order of their numbers.
  virtual const std::vector<std::string>& classes() const = 0;
  /// Names of the targets or flags, all different; empty where they are not known, or labels are
  /// neither.
  virtual const std::vector<std::string>& label_names() const = 0;
  /// The training split first, where there is one; every split has samples.
  virtual const std::vector<Split>& splits() const = 0;
  virtual std::unique_ptr<SourcePass> open(const Split& split) const = 0;
  /// The options that decided what it gives.
  virtual PackOptionsRecord options() const = 0;
  /// What the user should know about it, one line each, such as files that were left out.
  virtual const std::vector<std::string>& notes() const = 0;
  /// The samples that it leaves out, before any image was looked at.
  virtual const std::vector<SourceFault>& faults() const = 0;
};

}  // namespace lockstep
