// Ctrl-C, SIGTERM and a closed terminal as something to wait for, so that what was started is ended
// and what was written is removed.
#pragma once

#include <chrono>

namespace gantry::host::check {

/// While it lives these signals, unless they are ignored, do not end the process. To be made before
/// any thread.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    /// Readable once a signal came.
    int fd() const { return fd_; }
    /// Throws Error CANCELLED when one comes within that time.
    void wait_for(std::chrono::milliseconds time) const;

private:
    int fd_;
};

}  // namespace gantry::host::check
