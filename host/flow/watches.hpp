// Who waits for a run to stop or to stand: told once, with the row.
#pragma once

#include "flow/runs.hpp"

#include <mutex>
#include <unordered_map>

namespace gantry::host {

/// [any]
class Watches {
public:
    using Seen = std::function<void(const Stand&)>;

    std::uint64_t add(const std::string& run_id, Runs::Watch when, Seen seen);
    /// It no longer comes, but may be under way.
    void remove(std::uint64_t id);

    /// Calls, on this thread and under no lock, those that wait for this.
    void tell(const Stand& stand);

private:
    struct One {
        std::string run_id;
        Runs::Watch when;
        Seen seen;
    };

    std::mutex mutex_;
    std::unordered_map<std::uint64_t, One> all_;
    std::unordered_map<std::string, std::vector<std::uint64_t>> of_run_;
    std::uint64_t last_ = 0;
};

}  // namespace gantry::host
