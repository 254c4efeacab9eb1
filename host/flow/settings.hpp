// How the engine goes about its runs.
#pragma once

#include "flow/retry.hpp"

#include <chrono>

namespace gantry::host {

struct EngineSettings {
    RetryPolicies retries;
    /// Start to close of one attempt.
    std::chrono::milliseconds invoke_timeout{std::chrono::seconds(30)};
    std::chrono::milliseconds compensate_timeout{std::chrono::seconds(60)};
    /// Whether the runs accepted here have the deadline of their workflow.
    bool run_deadlines = true;
    /// Runs under way at once; a start beyond is refused with RATE_LIMITED.
    std::size_t max_runs = 10'000;
    /// Before a write that the store refused is tried again.
    std::chrono::milliseconds store_retry{std::chrono::seconds(1)};
    /// A run whose calls were under way that many times in a row when its host died is set aside.
    std::int64_t poison_crashes = 3;
    /// That many starts without an orderly end between them, within `storm_within`: the host takes
    /// up no run until the time is over.
    std::size_t storm_starts = 5;
    std::chrono::milliseconds storm_within{std::chrono::minutes(1)};
    /// A verb that has no answer by then is answered with UNAVAILABLE.
    std::chrono::milliseconds verb_patience{std::chrono::seconds(10)};
};

}  // namespace gantry::host
