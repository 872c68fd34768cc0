#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/error.h"
#include "launcher/rank/rank_context.h"
#include "launcher/use/trained_model.h"

namespace lockstep {

/// `lockstep relabel`, as given on the command line.
struct RelabelJob {
  ModelSource source;
  std::filesystem::path pack;      ///< empty: the run's data.pack
  std::string split;               ///< empty: the run's data.valid
  std::filesystem::path out;       ///< the table; "-": stdout
  std::filesystem::path pictures;  ///< a page of the doubts; empty: none
  std::optional<double> least;     ///< LabelDoubts::find
};

/// One rank of a search for wrong labels (LabelDoubts). Collective: every rank calls it; rank 0
/// writes a table that `pack --fix` takes, and shows what is in it. Throws Error(usage) where the
/// model does not tell classes of the pack apart.
ExitCode run_relabel_rank(const RelabelJob& job, RankContext& context);

}  // namespace lockstep
