#pragma once

#include <cstddef>
#include <string>

#include "analysis/scored_samples.h"
#include "trainer/task/task_spec.h"

namespace lockstep {

/// "12.3 %", "above 99.9 %".
std::string probability_text(double probability);

/// What is true of a sample: its class, its labels ("a|b"), or its numbers ("1|2.5").
std::string truth_of(const TaskSpec& task, const ScoredSamples& samples, std::size_t i);

/// What a model says of it, likewise.
std::string said_of(const TaskSpec& task, const ScoredSamples& samples, std::size_t i,
                    const Decisions& decisions);

}  // namespace lockstep
