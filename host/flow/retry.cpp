// The table of DESIGN 7, "by error class".
#include "flow/retry.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

std::chrono::milliseconds delay_of(const RetryPolicy& policy, const Error& error,
                                   const Attempt& attempt) {
    auto delay = policy.first;
    for (std::int64_t i = 1; i < attempt.number && delay < policy.cap; ++i) delay *= 2;
    delay = std::min(delay, policy.cap);
    const auto jittered = std::chrono::milliseconds(
        static_cast<std::int64_t>(static_cast<double>(delay.count()) * (0.5 + attempt.random)));
    return std::max(jittered, error.retry_after());
}

bool may_retry(const RetryPolicy& policy, const Attempt& attempt) {
    if (policy.attempts > 0 && attempt.number >= policy.attempts) return false;
    return policy.give_up_after.count() == 0 || attempt.since_first < policy.give_up_after;
}

}  // namespace

Decision decide(const RetryPolicy& policy, Side side, const Error& error, const Attempt& attempt) {
    bool again = false;
    switch (error.error_class()) {
        case GANTRY_CLASS_CONFIG:
            return {Verdict::kPause, {}};
        case GANTRY_CLASS_RETRYABLE:
            again = may_retry(policy, attempt);
            break;
        case GANTRY_CLASS_BUG:
            again = attempt.bugs_before == 0;
            break;
        case GANTRY_CLASS_STOPPED:
            // A late invoke has an unknown outcome and is compensated; a late undo is asked again.
            again = side == Side::kCompensate && may_retry(policy, attempt);
            break;
        default:
            break;
    }
    if (!again) return {Verdict::kGiveUp, {}};
    return {Verdict::kRetry, delay_of(policy, error, attempt)};
}

}  // namespace gantry::host
