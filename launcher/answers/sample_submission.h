#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "launcher/answers/table_form.h"

namespace lockstep {

/// A sample of what a competition wants to be given: a table whose header, rows and line ends are
/// to be those of the answer too. Its first column has the ids.
struct SampleSubmission {
  std::string header;  ///< as it stands in the file, without the end of the line
  std::string line_end = "\n";
  char separator = ',';
  std::vector<std::string> columns = {};              ///< behind that of the ids
  std::vector<std::string> ids = {};                  ///< of the rows
  std::vector<std::vector<std::string>> values = {};  ///< of the rows, behind the ids
};

/// Throws Error(usage) where the file cannot be read, or is no table of at least two columns.
SampleSubmission read_sample_submission(const std::filesystem::path& file);

/// Which image each row of `sample` is of, by number in `paths`; std::nullopt: none.
struct MatchedRows {
  IdForm form = IdForm::path;
  std::vector<std::optional<std::uint64_t>> images = {};
  std::uint64_t missing = 0;  ///< rows without an image
  std::uint64_t unused = 0;   ///< images without a row
};

/// By `form`, or by that which finds the most. Throws Error(usage) where an id is that of two rows
/// or of two images, or where no row has an image.
MatchedRows match_rows(const SampleSubmission& sample, const std::vector<std::string>& paths,
                       std::optional<IdForm> form);

}  // namespace lockstep
