// What commands print.
#pragma once

#include <ostream>

namespace gantry::host {

/// stdout and stderr, line by line. What a run, a plugin or a file says cannot act on the terminal:
/// characters that cannot be seen or that turn others are written as \u202e, as in the log. JSON
/// stays the same JSON.
std::ostream& to_stdout();
std::ostream& to_stderr();

}  // namespace gantry::host
