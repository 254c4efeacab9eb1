// The time of a test: it stands still until the test moves it.
#pragma once

#include <atomic>
#include <chrono>

namespace gantry::testing {

/// [any]
class Clock {
public:
    /// Since the test began.
    std::chrono::milliseconds now() const { return std::chrono::milliseconds(now_); }

    /// Calls whose deadline is reached are stale from here on.
    void advance(std::chrono::milliseconds by) { now_ += by.count(); }

private:
    std::atomic<std::chrono::milliseconds::rep> now_{0};
};

}  // namespace gantry::testing
