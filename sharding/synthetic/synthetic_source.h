#pragma once

#include <memory>

#include "sharding/source/pack_source.h"
#include "sharding/source/source_options.h"

namespace lockstep {

/// Pictures that are drawn as they are packed: no list of them is kept, so there may be millions. A
/// sample is called `shapes#17`, and its class is its number modulo that of the classes. Of each
/// class the first samples are to train on, then come those of `valid` and those of `test`: as many
/// as the fractions say, rounded, and at least one to train on. Throws Error(usage) where
/// `options.synthetic` is given with numbers out of range, or a fraction leaves its split empty.
std::unique_ptr<PackSource> open_synthetic(const SourceOptions& options);

}  // namespace lockstep
