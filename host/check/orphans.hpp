// Processes that a check leaves behind, also those in a session of their own.
#pragma once

#include <sys/types.h>

namespace gantry::host::check {

/// While it lives, what loses its parent becomes this process's child. None of its functions waits
/// for a process that is not killed.
class Orphans {
public:
    Orphans();
    ~Orphans();
    Orphans(const Orphans&) = delete;
    Orphans& operator=(const Orphans&) = delete;

    /// Kills every child but `spared`, and theirs.
    void end(pid_t spared) const;
};

}  // namespace gantry::host::check
