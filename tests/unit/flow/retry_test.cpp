// The table of error classes, line by line.
#include "flow/retry.hpp"

#include <gantry/json.hpp>

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

Decision ask(Side side, const Error& error, Tried tried) {
    const RetryPolicies policies;
    return decide(side == Side::kInvoke ? policies.invoke : policies.compensate, side, error,
                  tried);
}

TEST(Retry, a_retryable_invoke_gets_eight_calls_with_doubling_delays) {
    const Error e(GANTRY_E_UNAVAILABLE, "away");
    EXPECT_EQ(ask(Side::kInvoke, e, {1, 0, {}, 0.5}).delay, milliseconds(200));
    EXPECT_EQ(ask(Side::kInvoke, e, {3, 0, {}, 0.5}).delay, milliseconds(800));
    EXPECT_EQ(ask(Side::kInvoke, e, {7, 0, {}, 0.5}).verdict, Verdict::kRetry);
    EXPECT_EQ(ask(Side::kInvoke, e, {8, 0, {}, 0.5}).verdict, Verdict::kGiveUp);
}

TEST(Retry, a_delay_is_spread_by_half_and_capped) {
    const Error e(GANTRY_E_UNAVAILABLE, "away");
    EXPECT_EQ(ask(Side::kInvoke, e, {1, 0, {}, 0.0}).delay, milliseconds(100));
    EXPECT_NEAR(static_cast<double>(ask(Side::kInvoke, e, {1, 0, {}, 0.999}).delay.count()), 300,
                1);
    EXPECT_EQ(ask(Side::kCompensate, e, {40, 0, {}, 0.5}).delay, seconds(300));
}

TEST(Retry, retry_after_wins_when_it_is_longer) {
    const Error e(GANTRY_E_RATE_LIMITED, "slow", 0, nullptr, seconds(7));
    EXPECT_EQ(ask(Side::kInvoke, e, {1, 0, {}, 0.5}).delay, seconds(7));
}

TEST(Retry, an_undo_is_retried_for_a_day) {
    const Error e(GANTRY_E_UNAVAILABLE, "away");
    EXPECT_EQ(ask(Side::kCompensate, e, {100, 0, hours(23), 0.5}).verdict, Verdict::kRetry);
    EXPECT_EQ(ask(Side::kCompensate, e, {101, 0, hours(24), 0.5}).verdict, Verdict::kGiveUp);
}

TEST(Retry, permanent_and_input_give_up_at_once_and_config_pauses) {
    for (const auto side : {Side::kInvoke, Side::kCompensate}) {
        EXPECT_EQ(ask(side, {GANTRY_E_REJECTED, "no"}, {}).verdict, Verdict::kGiveUp);
        EXPECT_EQ(ask(side, {GANTRY_E_INVALID_DATA, "no"}, {}).verdict, Verdict::kGiveUp);
        EXPECT_EQ(ask(side, {GANTRY_E_AUTH, "no"}, {}).verdict, Verdict::kPause);
    }
}

TEST(Retry, a_bug_is_tried_once_more) {
    const Error e(GANTRY_E_INTERNAL, "oops");
    EXPECT_EQ(ask(Side::kInvoke, e, {1, 0, {}, 0.5}).verdict, Verdict::kRetry);
    EXPECT_EQ(ask(Side::kInvoke, e, {2, 1, {}, 0.5}).verdict, Verdict::kGiveUp);
}

TEST(Retry, a_late_invoke_is_compensated_and_a_late_undo_asked_again) {
    const Error e(GANTRY_E_DEADLINE, "late");
    EXPECT_EQ(ask(Side::kInvoke, e, {1, 0, {}, 0.5}).verdict, Verdict::kGiveUp);
    EXPECT_EQ(ask(Side::kCompensate, e, {1, 0, {}, 0.5}).verdict, Verdict::kRetry);
}

}  // namespace
}  // namespace gantry::host
