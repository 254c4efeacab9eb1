// The wall clock is set under a running host: what waits for its time is neither lost nor early,
// and what is under way does not notice.
#include "support/sanitizers.hpp"
#include "support/set_clock.hpp"
#include "support/supervisor.hpp"

#include <gtest/gtest.h>

namespace gantry::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

// libfaketime sees what was set within 1 s, the host that within another one; the rest is slack for
// a busy machine.
constexpr auto kNoticed = seconds(10);

struct Clocks : testing::Test {
    void SetUp() override {
        if (kSanitized) GTEST_SKIP() << "a sanitizer wants to be the first library";
        ASSERT_TRUE(SetClock::is_there()) << "install Debian's package faketime";
        // In minutes of wall time; the retry parks its run, too.
        add_workflow(host, "doze",
                     {ledger_step("a", "write"),
                      {{"id", "nap"}, {"sleep", "40m"}},
                      ledger_step("b", "write")});
        add_workflow(host, "blink", {{{"id", "nap"}, {"sleep", "6s"}}, ledger_step("a", "write")});
        json late = ledger_step("b", "write");
        late["invoke"] = {{"first_delay", "10m"}, {"max_delay", "20m"}};
        add_workflow(host, "retry", {ledger_step("a", "write-undo"), late});
        add_workflow(host, "beside",
                     {{{"id", "both"},
                       {"parallel",
                        {{ledger_step("a", "write")},
                         {{{"id", "nap"}, {"sleep", "40m"}}, ledger_step("b", "write")}}}}});
        host.serve();
    }

    void accept(const std::string& workflow, const json& scripts = json::object()) {
        const auto answer = host.start(workflow, workflow, scripts, false);
        ASSERT_EQ(answer.status, 202) << answer.body;
    }
    bool is(const std::string& state, const std::string& run, seconds limit = seconds(60)) {
        return host.until([&] { return host.oracle().state(run) == state; }, limit);
    }
    bool calls(std::int64_t count) {
        return host.until([&] { return host.oracle().counts().calls == count; });
    }
    void right(std::int64_t calls) {
        EXPECT_EQ(host.check(), std::vector<std::string>{});
        EXPECT_EQ(host.oracle().counts().calls, calls);
        EXPECT_EQ(host.stop(), 0) << host.log();
    }

    SetClock clock;
    LedgerHost host{ledger_config_with({"doze", "blink", "retry", "beside"})};
};

TEST_F(Clocks, an_hour_forward_makes_a_sleep_due_at_once_and_leaves_a_call_alone) {
    accept("doze");
    ASSERT_TRUE(calls(1));
    ASSERT_TRUE(is("waiting", "doze"));
    accept("one", {{"a", {{"sleep_ms", 10'000}}}});
    ASSERT_TRUE(calls(2));
    clock.set(hours(1));
    EXPECT_TRUE(is("done", "doze", kNoticed)) << host.log();
    EXPECT_NE(host.oracle().state("one"), "done") << "it sleeps";
    EXPECT_TRUE(is("done", "one"));
    EXPECT_NEAR(metric(host, "gantry_clock_step_seconds"), 3600, 5);
    right(3);
}

TEST_F(Clocks, an_hour_forward_wakes_a_branch_beside_a_call_that_goes_on) {
    accept("beside", {{"a", {{"sleep_ms", 10'000}}}});
    ASSERT_TRUE(calls(1));
    clock.set(hours(1));
    ASSERT_TRUE(calls(2));
    SQLite::Database ledger((host.dir() / "data/ledger.db").string());
    EXPECT_EQ(ledger
                  .execAndGet("SELECT count(*) FROM call WHERE ended IS NULL AND began <"
                              " (SELECT max(began) FROM call)")
                  .getInt(),
              1)
        << "a has not ended";
    EXPECT_TRUE(is("done", "beside"));
    right(2);
}

TEST_F(Clocks, a_delay_lasts_as_long_as_it_does_whichever_way_the_clock_is_set) {
    // Parked, and in memory.
    accept("retry", {{"b", {{"do", "retry:1"}}}});
    accept("two", {{"b", {{"do", "retry:1"}}}});
    // The fifth comes soon.
    ASSERT_TRUE(host.until([&] { return host.oracle().counts().calls >= 4; }));
    clock.set(hours(24));
    ASSERT_TRUE(host.until([&] { return metric(host, "gantry_clock_step_seconds") > 80'000; }));
    EXPECT_EQ(host.oracle().state("retry"), "waiting") << "of ten minutes";
    EXPECT_TRUE(is("done", "two", kNoticed)) << "of a fifth of a second";
    accept("three", {{"b", {{"do", "retry:2"}}}});
    ASSERT_TRUE(host.until([&] { return host.oracle().counts().calls >= 7; }));
    clock.set(hours(0));
    ASSERT_TRUE(host.until([&] { return metric(host, "gantry_clock_step_seconds") < -80'000; }));
    EXPECT_TRUE(is("done", "three", kNoticed)) << host.log();
    EXPECT_EQ(host.oracle().state("retry"), "waiting");
    EXPECT_EQ(host.check(), std::vector<std::string>{});
    EXPECT_EQ(host.stop(), 0) << host.log();
}

TEST_F(Clocks, an_hour_back_keeps_what_waits_until_its_wall_time_has_come) {
    clock.set(hours(1));
    ASSERT_TRUE(host.until([&] { return metric(host, "gantry_clock_step_seconds") > 3000; }));
    accept("blink");
    ASSERT_TRUE(is("waiting", "blink"));
    const auto began = Clock::now();
    clock.set(hours(0));
    ASSERT_TRUE(host.until([&] { return metric(host, "gantry_clock_step_seconds") < -3000; }));
    std::this_thread::sleep_until(began + seconds(8));  // for what must not happen: no signal
    EXPECT_EQ(host.oracle().state("blink"), "waiting");
    EXPECT_EQ(host.oracle().counts().calls, 0);
    EXPECT_EQ(host.start("one", "meanwhile").status, 200) << "new runs do not mind";
    clock.set(hours(1));
    EXPECT_TRUE(is("done", "blink", kNoticed)) << host.log();
    right(2);
}

TEST_F(Clocks, four_hundred_days_forward_delete_no_finished_run_while_the_clock_may_be_wrong) {
    const auto waits = [&] {
        return host.get("/admin/status").parsed().at("retention_waits_until").is_string();
    };
    ASSERT_EQ(host.start("one", "kept").status, 200);
    EXPECT_FALSE(waits());
    ASSERT_EQ(host.stop(), 0) << host.log();
    clock.set(hours(24 * 400));
    for (int start = 0; start < 2; ++start) {
        host.serve();
        ASSERT_TRUE(host.until(waits)) << host.log();
        EXPECT_GT(metric(host, "gantry_retention_waits_seconds"), 80'000);
        EXPECT_EQ(host.oracle().state("kept"), "done");
        ASSERT_EQ(host.stop(), 0) << host.log();
    }
    host.serve();
    right(1);
}

TEST_F(Clocks, a_sleep_ends_within_a_second_of_its_wall_time_after_a_jump) {
    const auto asked = Clock::now();
    accept("doze");
    ASSERT_TRUE(is("waiting", "doze"));
    // 4 s before it is due; the program sees it up to 1 s later.
    clock.set(std::chrono::minutes(40) - seconds(4));
    const auto set = Clock::now();
    ASSERT_TRUE(is("done", "doze", seconds(20))) << host.log();
    const auto over = Clock::now();
    EXPECT_GT(over - asked, milliseconds(3900)) << "not before its time";
    EXPECT_LT(over - set, seconds(9)) << "5 s, and slack for a busy machine";
    right(2);
}

}  // namespace
}  // namespace gantry::test
