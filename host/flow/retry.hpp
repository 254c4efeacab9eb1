// What to do after a failed attempt: by class of error, side and policy.
#pragma once

#include "store/rows.hpp"

#include <gantry/error.hpp>

namespace gantry::host {

/// Delays double from `first` to `cap`, each times a random factor between 0.5 and 1.5.
struct RetryPolicy {
    std::chrono::milliseconds first;
    std::chrono::milliseconds cap;
    /// Calls in all; 0: as many as fit into give_up_after.
    int attempts = 0;
    /// Of being asked: calls and the delays between them, not while paused or down; 0: no limit.
    std::chrono::milliseconds give_up_after{0};
};

struct RetryPolicies {
    RetryPolicy invoke{std::chrono::milliseconds(200), std::chrono::seconds(60), 8, {}};
    RetryPolicy compensate{std::chrono::seconds(1), std::chrono::minutes(5), 0,
                           std::chrono::hours(24)};
};

/// What has been tried of one side of one step.
struct Tried {
    std::int64_t attempts = 1;          // with the one that has just ended
    std::int64_t bugs_before = 0;       // earlier ones that ended with BUG
    std::chrono::milliseconds asked{};  // StepRow::asked_ms
    double random = 0.5;                // [0, 1)
};

enum class Verdict { kRetry, kPause, kGiveUp };

struct Decision {
    Verdict verdict;
    std::chrono::milliseconds delay{};
};

/// What the attempt that ended so may have done, by the error's own words.
Effect effect_of(const Error& error);

Decision decide(const RetryPolicy& policy, Side side, const Error& error, const Tried& tried);

}  // namespace gantry::host
