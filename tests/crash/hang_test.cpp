// Steps that do not return: the others go on as before, what became of the step is not known, its
// place is free again, and too many of them end the host.
#include "support/sanitizers.hpp"
#include "support/supervisor.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace gantry::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kSlots = 64;  // of the plugin and of the pool
// After it a step that is late gets 10 s more to return (CallSettings::grace).
constexpr const char* kTimeout = "3s";

/// Two steps, the second of which is late soon.
void add_hasty(const LedgerHost& host) {
    json b = ledger_step("b", "write");
    b["invoke"] = {{"timeout", kTimeout}};
    add_workflow(host, "hasty", {ledger_step("a", "write-undo"), b});
}

std::int64_t running_calls(const LedgerHost& host) {
    SQLite::Database ledger((host.dir() / "data/ledger.db").string());
    return ledger.execAndGet("SELECT count(*) FROM call WHERE ended IS NULL").getInt64();
}

std::string step_status(const json& run, const std::string& id, const std::string& side) {
    for (const auto& step : run.at("steps")) {
        if (step.at("id") == id && step.at("side") == side) return step.at("status");
    }
    return "none";
}

class Hang : public testing::Test {
protected:
    void SetUp() override { add_hasty(host_); }

    double p99_of_others(const std::string& name) {
        return p99(name, [&](const auto& key) { EXPECT_EQ(host_.start("two", key).status, 200); });
    }

    LedgerHost host_{ledger_config_with({"hasty"})};
};

TEST_F(Hang, one_of_a_hundred_does_not_slow_the_others_and_late_answers_are_dropped) {
    host_.serve();
    const double alone = p99_of_others("alone");
    ASSERT_EQ(host_.start("hasty", "hangs", {{"b", {{"do", "hang:600000"}}}}, false).status, 202);
    // Late, but before it is given up: undone after it. Later than that: what it says is dropped.
    ASSERT_EQ(host_.start("hasty", "late", {{"b", {{"sleep_ms", 5000}}}}, false).status, 202);
    ASSERT_EQ(
        host_.start("hasty", "later", {{"b", {{"sleep_ms", 17'000}, {"do", "refuse"}}}}, false)
            .status,
        202);
    ASSERT_TRUE(host_.until([&] { return running_calls(host_) == 3; }));
    const double beside = p99_of_others("beside");
    std::cout << "p99 alone " << alone * 1000 << " ms, beside a hanging step " << beside * 1000
              << " ms\n";
    // The machine is not ours; who waited for the hanging step would wait for seconds.
    EXPECT_LT(beside, 2 * alone + 0.5);

    ASSERT_TRUE(host_.settle());
    for (const char* key : {"hangs", "late", "later"}) {
        const auto run = run_of(host_, "hasty", key);
        EXPECT_EQ(run.at("state"), "reverted") << run.dump(2);
        EXPECT_EQ(step_status(run, "b", "invoke"), "unknown");
        EXPECT_EQ(step_status(run, "b", "compensate"), "done");
        EXPECT_EQ(step_status(run, "a", "compensate"), "done");
    }
    EXPECT_NE(host_.log().find("step write of plugin ledger does not return"), std::string::npos);
    ASSERT_TRUE(host_.until([&] { return host_.log().find("late answer") != std::string::npos; }));
    ASSERT_TRUE(host_.until([&] {
        return metric(host_, "gantry_plugin_stuck{module=\"ledger\"}") == 1;
    })) << host_.get("/metrics").body;

    // A module alone gets three quarters of the threads. The one that is lost to the step that
    // hangs was given anew.
    constexpr int kShare = 48;
    const int full_ms = kSanitized ? 15'000 : 6000;  // until the last one is under way
    std::thread filling([this, full_ms] {  // the last answers come only when a thread is free again
        in_parallel(kSlots, 4, [&](int i) {
            host_.start("one", "full-" + std::to_string(i), {{"a", {{"sleep_ms", full_ms}}}},
                        false);
        });
    });
    EXPECT_TRUE(host_.until([&] { return running_calls(host_) == kShare + 1; }, seconds(30)))
        << running_calls(host_);
    filling.join();
    ASSERT_TRUE(host_.settle());
    // "late" took effect once, and the undo came after it; "later" and "hangs" never did.
    EXPECT_EQ(host_.check(), std::vector<std::string>{});
    host_.kill9();
}

TEST_F(Hang, twenty_of_sixty_four_end_the_host_with_75_and_the_next_one_ends_all_runs) {
    constexpr int kHanging = 20;
    host_.serve();
    in_parallel(kSlots, 8, [&](int i) {
        const json b = i < kHanging ? json{{"do", "hang:600000"}} : json{{"sleep_ms", 100}};
        EXPECT_EQ(host_.start("hasty", std::to_string(i), {{"b", b}}, false).status, 202);
    });
    const auto seen = supervise(host_);
    EXPECT_EQ(seen.exits, std::vector<int>{75}) << seen.log;
    EXPECT_EQ(seen.log.find("died while"), std::string::npos) << "it ended on purpose";
    for (int i = 0; i < kSlots; ++i) {
        EXPECT_EQ(host_.oracle().state(std::to_string(i)), i < kHanging ? "reverted" : "done") << i;
    }
    EXPECT_EQ(host_.check(), std::vector<std::string>{});
    EXPECT_EQ(host_.stop(), 0) << host_.log();
}

}  // namespace
}  // namespace gantry::test
