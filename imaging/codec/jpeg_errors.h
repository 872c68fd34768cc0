#pragma once

#include <csetjmp>
#include <cstdio>
#include <jerror.h>
#include <jpeglib.h>

#include "core/error.h"

namespace lockstep {

/// libjpeg's way to report: error_exit must not return, so it jumps to the last guarded(). Set
/// `base` as the `err` of a libjpeg object.
struct JpegErrors {
  JpegErrors() {
    jpeg_std_error(&base);
    base.error_exit = exit_with_error;
  }

  /// Runs `calls`, and throws Error(code) with `what` and libjpeg's message where libjpeg jumps out
  /// of them: nothing in `calls` may need its destructor.
  template <typename Calls>
  void guarded(ExitCode code, const char* what, const Calls& calls) {
    if (setjmp(jump) != 0) fail(code, "{}: {}", what, message);
    calls();
  }

  [[noreturn]] static void exit_with_error(j_common_ptr object) {
    auto* errors = reinterpret_cast<JpegErrors*>(object->err);
    object->err->format_message(object, errors->message);
    std::longjmp(errors->jump, 1);
  }

  /// Our own complaint, for libjpeg's callbacks.
  [[noreturn]] static void exit_with(j_common_ptr object, const char* words) {
    auto* errors = reinterpret_cast<JpegErrors*>(object->err);
    std::snprintf(errors->message, sizeof errors->message, "%s", words);
    std::longjmp(errors->jump, 1);
  }

  /// As `emit_message`. libjpeg only warns of damage, and fills the rest with grey. Warnings about
  /// careless files whose pixels are all there are ignored; any other warning is an error.
  static void judge_message(j_common_ptr object, int level) {
    if (level >= 0) return;  // a trace message
    switch (object->err->msg_code) {
      case JWRN_ADOBE_XFORM:
      case JWRN_BOGUS_PROGRESSION:
      case JWRN_EXTRANEOUS_DATA:
      case JWRN_JFIF_MAJOR:
        return;
      default:
        exit_with_error(object);
    }
  }

  jpeg_error_mgr base{};  // first: libjpeg sees only this
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

}  // namespace lockstep
