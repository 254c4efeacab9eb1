// How much more memory a process takes at its peak than before.
#pragma once

#include <sys/types.h>

namespace gantry::bench {

/// Of the process, from the construction on: the kernel's mark of its peak is set back.
class PeakGrowth {
public:
    explicit PeakGrowth(pid_t pid);

    double bytes() const;

private:
    const pid_t pid_;
    long before_;  // KiB
};

}  // namespace gantry::bench
