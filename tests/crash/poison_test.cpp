// One run of many whose plugin kills the host each time it is asked: the others end, it is set
// aside, and everything names the culprit.
#include "support/sanitizers.hpp"
#include "support/supervisor.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace gantry::test::poison_test {
namespace {

constexpr std::size_t kRestarts = 3;

struct Poison {
    const char* how;
    int exit_code;
    int innocents;
};

std::ostream& operator<<(std::ostream& out, const Poison& poison) { return out << poison.how; }

class Poisoned : public testing::TestWithParam<Poison> {};

TEST_P(Poisoned, run_is_set_aside_after_three_crashes_and_all_others_end) {
    const auto [how, exit_code, innocents] = GetParam();
    LedgerHost host;
    host.serve();
    const int middle = innocents / 2;
    std::vector<char> accepted(innocents + 1);
    const auto start = [&, how = how](int i) {
        // It dies while others are under way.
        const json b = i == middle ? json{{"do", how}, {"sleep_ms", 800}} : json{{"sleep_ms", 20}};
        const auto key = i == middle ? "poison" : "run-" + std::to_string(i);
        accepted[i] = host.start("two", key, {{"b", b}}, false).status == 202;
    };
    in_parallel(innocents + 1, 8, start);
    const auto seen = supervise(host);
    for (int i = 0; i <= innocents; ++i) {
        if (!accepted[i] && i != middle) start(i);  // on a slow machine it died before
    }
    ASSERT_TRUE(host.settle());

    EXPECT_EQ(seen.exits.size(), kRestarts);
    for (const int code : seen.exits) {
        EXPECT_TRUE(code == exit_code || kSanitized) << code;
    }
    EXPECT_NE(seen.log.find("died while it was in step write of module ledger"), std::string::npos)
        << seen.log;
    EXPECT_GE(metric(host, "gantry_plugin_crashes_total"), 1);
    EXPECT_EQ(metric(host, "gantry_runs_needs_person"), 1);

    for (int i = 0; i <= innocents; ++i) {
        if (i == middle) continue;
        const auto key = "run-" + std::to_string(i);
        EXPECT_EQ(host.oracle().state(key), "done") << key;
    }
    const auto poison = run_of(host, "two", "poison");
    EXPECT_EQ(poison.at("state"), "paused");
    const auto reason = poison.at("waits_for").dump();
    for (const char* part : {"poison: ", "3 times", "step b", "ledger 1.0.0", "module ledger"}) {
        EXPECT_NE(reason.find(part), std::string::npos) << part << " in " << reason;
    }
    EXPECT_EQ(host.check(), std::vector<std::string>{});
    EXPECT_EQ(host.oracle().counts().runs, innocents + 1);
    EXPECT_EQ(host.stop(), 0) << host.log();
}

TEST(Poison, is_counted_by_a_command_that_starts_nothing_too) {
    LedgerHost host;
    host.serve();
    host.start("two", "slow", {{"b", {{"sleep_ms", 60'000}}}}, false);
    ASSERT_TRUE(host.until([&] { return host.oracle().counts().calls == 2; }));
    const std::string id = run_of(host, "two", "slow").at("run_id");
    host.kill9();
    EXPECT_EQ(host.cli({"runs", "pause", id}).exit_code, 0);
    host.serve();
    const auto run = run_of(host, "two", "slow");
    EXPECT_EQ(run.at("state"), "paused");
    EXPECT_EQ(run.at("crashes"), 1) << run;
    EXPECT_EQ(host.stop(), 0) << host.log();
}

INSTANTIATE_TEST_SUITE_P(Plugin, Poisoned,
                         testing::Values(Poison{"crash", -SIGSEGV, 199},
                                         Poison{"abort", -SIGABRT, 20}, Poison{"exit", 0, 20},
                                         Poison{"terminate", -SIGABRT, 20},
                                         Poison{"overflow", -SIGSEGV, 20}),
                         [](const auto& one) { return std::string(one.param.how); });

}  // namespace
}  // namespace gantry::test::poison_test
