#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "launcher/run_report/eval_document.h"
#include "launcher/run_report/reported_run.h"

namespace lockstep {

/// Who has written a page, and when.
struct PageOrigin {
  std::string version;  ///< of lockstep
  std::string time;     ///< for people
};

/// A page that `lockstep eval --pictures` has written.
struct PicturePage {
  std::string file;  ///< as it was given
  std::string html;
};
/// Throws Error(data) where the file is no page.
PicturePage read_picture_page(const std::filesystem::path& file);

/// A page about at least one run, as HTML that needs no other file. Pages of pictures are in frames
/// of their own, which have no power over it.
std::string report_html(const std::vector<ReportedRun>& runs,
                        const std::vector<EvalDocument>& documents,
                        const std::vector<PicturePage>& pictures, const PageOrigin& origin);

}  // namespace lockstep
