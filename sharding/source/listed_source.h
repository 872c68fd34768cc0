#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sharding/source/pack_source.h"
#include "sharding/source/record_reader.h"
#include "sharding/source/source_arrangement.h"

namespace lockstep {

/// A source whose records were listed and arranged: every kind of source, with its own reader.
///
///     return std::make_unique<ListedSource>(arrange_source(std::move(listing), options),
///                                           std::make_unique<FileReader>(root));
class ListedSource final : public PackSource {
 public:
  ListedSource(SourceArrangement arrangement, std::unique_ptr<RecordReader> reader);

  Encoding encoding() const override { return reader_->encoding(); }
  LabelType label_type() const override { return arrangement_.label; }
  const std::vector<std::string>& classes() const override { return arrangement_.classes; }
  const std::vector<std::string>& label_names() const override { return arrangement_.label_names; }
  const std::vector<Split>& splits() const override { return splits_; }
  std::unique_ptr<SourcePass> open(const Split& split) const override;
  PackOptionsRecord options() const override { return arrangement_.options; }
  const std::vector<std::string>& notes() const override { return arrangement_.notes; }
  const std::vector<SourceFault>& faults() const override { return arrangement_.faults; }

 private:
  SourceArrangement arrangement_;
  std::unique_ptr<RecordReader> reader_;
  std::vector<Split> splits_;
};

}  // namespace lockstep
