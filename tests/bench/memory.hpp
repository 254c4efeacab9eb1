// How much more memory a process takes at its peak than before.
#pragma once

#include <sys/types.h>

#include <string>

namespace gantry::bench {

/// Of the process, from the construction on: the kernel's mark of its peak is set back.
class PeakGrowth {
public:
    explicit PeakGrowth(pid_t pid);

    double bytes() const;

private:
    double kib(const std::string& what) const;

    const std::string folder_;
    double before_;
};

}  // namespace gantry::bench
