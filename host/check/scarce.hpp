// Memory that runs out: for a while the heap of this process holds a few bytes and cannot grow.
#pragma once

#include <atomic>
#include <cstddef>

namespace gantry::host::check {

/// One thread begins it; end() is [any]. Threads that run meanwhile starve, too.
class Scarce {
public:
    Scarce() = default;
    ~Scarce();
    Scarce(const Scarce&) = delete;
    Scarce& operator=(const Scarce&) = delete;

    /// From here on this thread can have about `left` bytes more. False: memory cannot be limited
    /// here, and nothing was done.
    bool begin(std::size_t left);
    /// There is memory again. May be called twice.
    void end();

private:
    struct Block;

    void give_back();

    std::atomic<bool> on_{false};
    Block* taken_ = nullptr;
};

}  // namespace gantry::host::check
