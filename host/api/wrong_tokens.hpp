// How often somebody tried a wrong token.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace gantry::host {

/// [any]
class WrongTokens {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr int kMost = 10;  // of one address within kWithin
    static constexpr std::chrono::seconds kWithin{60};
    static constexpr std::size_t kAddresses = 1024;  // then the longest known is forgotten
    static constexpr int kMostLines = 100;           // of the log within kWithin

    /// One more has come from there: how many it is since the first within kWithin.
    int count(const std::string& address, Clock::time_point now = Clock::now());
    /// One more is to be told in the log, wherever it came from: how many it is, as above.
    int count_line(Clock::time_point now = Clock::now());

private:
    struct Tries {
        int one_more(Clock::time_point now);

        Clock::time_point first;
        int count = 0;
    };
    std::mutex mutex_;
    Tries lines_{};
    std::unordered_map<std::string, Tries> tries_;
};

}  // namespace gantry::host
