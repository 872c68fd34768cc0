#pragma once

#include <memory>
#include <spng.h>
#include <string_view>

#include "core/error.h"

namespace lockstep {

using PngContext = std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)>;

/// libspng's object for one file. `flags`: 0 to decode, SPNG_CTX_ENCODER.
inline PngContext make_png_context(int flags) {
  PngContext context(spng_ctx_new(flags), &spng_ctx_free);
  check(context != nullptr, ExitCode::internal, "libspng: out of memory");
  return context;
}

/// Throws Error(code) with `what` and libspng's message unless a call succeeded; Error(internal)
/// where memory ran out.
inline void check_spng(int result, ExitCode code, std::string_view what) {
  check(result == SPNG_OK, result == SPNG_EMEM ? ExitCode::internal : code, "{}: {}", what,
        spng_strerror(result));
}

}  // namespace lockstep
