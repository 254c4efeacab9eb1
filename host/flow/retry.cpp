// By class of error; see the table in host/flow/README.md.
#include "flow/retry.hpp"

#include <algorithm>

namespace gantry::host {
namespace {

std::chrono::milliseconds delay_of(const RetryPolicy& policy, const Error& error,
                                   const Tried& tried) {
    auto delay = policy.first;
    for (std::int64_t i = 1; i < tried.attempts && delay < policy.cap; ++i) delay *= 2;
    delay = std::min(delay, policy.cap);
    const auto jittered = std::chrono::milliseconds(
        static_cast<std::int64_t>(static_cast<double>(delay.count()) * (0.5 + tried.random)));
    return std::max(jittered, error.retry_after());
}

bool may_retry(const RetryPolicy& policy, const Tried& tried) {
    if (policy.attempts > 0 && tried.attempts >= policy.attempts) return false;
    return policy.give_up_after.count() == 0 || tried.asked < policy.give_up_after;
}

}  // namespace

Effect effect_of(const Error& error) {
    const bool none = (error.flags() & GANTRY_EF_NOT_APPLIED) != 0;
    if ((error.flags() & GANTRY_EF_MAYBE_APPLIED) != 0) return Effect::kUnknown;
    if (none) return Effect::kNothing;
    return error.code() == GANTRY_E_DEADLINE ? Effect::kUnknown : Effect::kSomething;
}

Decision decide(const RetryPolicy& policy, Side side, const Error& error, const Tried& tried) {
    bool again = false;
    switch (error.error_class()) {
        case GANTRY_CLASS_CONFIG:
            return {Verdict::kPause, {}};
        case GANTRY_CLASS_RETRYABLE:
            again = may_retry(policy, tried);
            break;
        case GANTRY_CLASS_BUG:
            again = tried.bugs_before == 0;
            break;
        case GANTRY_CLASS_STOPPED:
            // A late invoke has an unknown outcome and is compensated; a late undo is asked again.
            again = side == Side::kCompensate && may_retry(policy, tried);
            break;
        default:
            break;
    }
    if (!again) return {Verdict::kGiveUp, {}};
    return {Verdict::kRetry, delay_of(policy, error, tried)};
}

}  // namespace gantry::host
