// The requests that wait for a run.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace gantry::host {

/// Each holds a connection for as long as its run takes, so there are only so many: for one more,
/// of the caller that has most the one that has waited longest is told that its run is under way.
/// [any]
class RunWaits {
public:
    using Id = std::uint64_t;

    explicit RunWaits(std::size_t most) : most_(most) {}

    /// `end` may be called before this returns, and on any thread; it removes its wait. Nothing:
    /// there is no more waiting.
    std::optional<Id> add(const std::string& caller, std::function<void()> end);
    void remove(Id wait);
    /// Ends all; none begins from now on.
    void end_all();

private:
    struct One {
        std::string caller;
        std::function<void()> end;
    };
    using All = std::map<Id, One>;  // which has waited longest stands first

    One take(All::iterator one);  // under mutex_
    All::iterator longest_of_most();

    const std::size_t most_;
    std::mutex mutex_;
    All all_;
    std::map<std::string, std::size_t> of_caller_;
    Id last_ = 0;
    bool over_ = false;
};

}  // namespace gantry::host
