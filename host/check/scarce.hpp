// Memory that runs out: for a while this process can have little more than it has, until something
// has failed for it.
#pragma once

#include <atomic>
#include <cstddef>

namespace gantry::host::check {

/// One at a time in the process. begin() is for one thread, end() is [any].
class Scarce {
public:
    Scarce() = default;
    ~Scarce() { end(); }
    Scarce(const Scarce&) = delete;
    Scarce& operator=(const Scarce&) = delete;

    /// From here on there are `left` bytes for large pieces of memory. The first operator new that
    /// gets none throws; then it ends. False: memory cannot be limited here.
    bool begin(std::size_t left);
    void end();

private:
    static void failed();

    std::atomic<bool> on_{false};
};

}  // namespace gantry::host::check
