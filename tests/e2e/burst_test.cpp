// Real updates at once, as a shop sends them: with the shipped plugins, a third of them refused by
// the ERP. Every one is answered and ends as it must, and both sides agree.
#include "support/burst.hpp"
#include "support/onlooker.hpp"
#include "support/sanitizers.hpp"

#include <gtest/gtest.h>

namespace gantry::test {
namespace {

constexpr int kUpdates = kSanitized ? 150 : 1000;
const std::vector<std::string> kNothing;

void expect_answered(Onlooker& onlooker) {
    const auto& seen = onlooker.stop();
    EXPECT_EQ(seen.refused, 0);
    for (const auto& [path, took] : seen.took) {
        std::cout << took.size() << " times " << path << ": p50 " << took.p50() << " ms, p99 "
                  << took.p99() << " ms\n";
    }
}

TEST(Burst, a_thousand_updates_at_once_all_end_as_they_must) {
    Burst burst(kUpdates);
    Onlooker onlooker(burst.host());
    burst.all_at_once();
    expect_answered(onlooker);
    EXPECT_EQ(burst.check(), kNothing);
}

TEST(Burst, a_hundred_clients_that_wait_are_all_answered) {
    Burst burst(kUpdates);
    Onlooker onlooker(burst.host());
    burst.by_clients(100);
    expect_answered(onlooker);
    EXPECT_EQ(burst.check(), kNothing);
}

TEST(Burst, three_hundred_runs_started_five_milliseconds_apart_are_all_answered) {
    Burst burst(kSanitized ? 100 : 300);
    burst.one_every(std::chrono::milliseconds(5));
    EXPECT_EQ(burst.check(), kNothing);
}

}  // namespace
}  // namespace gantry::test
