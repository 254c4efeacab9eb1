// What a native crash leaves on stderr: one line that names the plugin function the thread was in,
// then a backtrace.
#pragma once

#include "base/log.hpp"

namespace gantry::host {

/// From now on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT are told on stderr, the line in
/// `format`, and then end the process as they would have without: with that signal and its core
/// dump. Does nothing under a sanitizer, which tells of crashes itself. Once, before any other
/// thread runs.
void report_crashes(LogFormat format);

/// The calling thread gets a stack to report on when its own overflows, until it ends. Nothing for
/// one that has such a stack, and under a sanitizer. [any]
void use_signal_stack();

}  // namespace gantry::host
