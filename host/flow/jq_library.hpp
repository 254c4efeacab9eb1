// What stands before functions of libjq and of its regular expressions, in the process that runs
// the programs. In the host's own, where only a plugin may use that library, they are passed on.
#pragma once

#include <cstddef>

namespace gantry::host {

/// From now on, in this process. Not for a second thread that uses libjq.
void stand_before_libjq();
bool stands_before_libjq();

/// What libjq may allocate from now on, besides what it holds already. Beyond it the process ends
/// with kJqOutOfMemory.
void limit_jq_memory(std::size_t bytes);

/// The exit code of a process whose program used more memory than it may.
constexpr int kJqOutOfMemory = 77;

}  // namespace gantry::host
