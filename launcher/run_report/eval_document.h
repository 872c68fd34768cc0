#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "launcher/run_report/reported_run.h"

namespace lockstep {

/// What `lockstep eval --json` has printed.
struct EvalDocument {
  std::string file = {};    ///< as it was given
  std::string model = {};   ///< the checkpoint, or the file of weights
  std::string digest = {};  ///< of the checkpoint's state; empty of weights
  std::string split = {};
  nlohmann::json json = {};
};

/// Of its text; `file` is its name in messages. Throws Error(data) where it is none.
EvalDocument parse_eval_document(std::string_view text, const std::filesystem::path& file);
EvalDocument read_eval_document(const std::filesystem::path& file);

/// The run of each document: that whose checkpoint it is by the digest, else that whose directory
/// its model is in; of weights, whose run nothing says, the first that has none yet, in their
/// order. std::nullopt where there is none.
std::vector<std::optional<std::size_t>> runs_of(const std::vector<EvalDocument>& documents,
                                                const std::vector<ReportedRun>& runs);

/// The figures with their intervals, a table of the classes (or labels, or targets), and the
/// confusion matrix, from a heading of the third level on. `id` is unlike that of others.
std::string evaluation_html(const EvalDocument& document, const std::string& run,
                            const std::string& id);

}  // namespace lockstep
