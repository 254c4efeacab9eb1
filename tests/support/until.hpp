// For what gives no signal: it is asked again and again.
#pragma once

#include <chrono>
#include <thread>

namespace gantry::test {

/// Asks each millisecond until `holds` says so, once. False: it never did within `limit`.
template <typename Condition>
bool until(Condition holds, std::chrono::seconds limit = std::chrono::seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!holds()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

}  // namespace gantry::test
