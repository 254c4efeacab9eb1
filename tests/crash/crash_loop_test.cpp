// A host that is killed again and again takes up no run until it has been up for a while, and says
// so to everybody who asks.
#include "support/supervisor.hpp"

#include <gtest/gtest.h>

namespace gantry::test::crash_loop_test {
namespace {

using std::chrono::seconds;

constexpr int kGuarded = 5;  // the start from which on it holds back
constexpr int kStarts = 20;

// It says so before it says that it listens.
bool is_guarded(HostProcess& host) {
    host.until([&] { return host.log().find("listening on") != std::string::npos; });
    return host.log().find("takes up no runs for 60 s") != std::string::npos;
}

TEST(CrashLoop, from_the_fifth_start_on_no_run_is_taken_up_and_the_api_answers) {
    auto config = ledger_config_with({"doze"});
    config["modules"]["leaf"] = {{"plugin", "probe-leaf"}};
    LedgerHost host(config);
    host.count_starts();
    add_workflow(host, "doze", {{{"id", "nap"}, {"sleep", "6s"}}, ledger_step("a", "write")});
    host.serve_and_reach();
    EXPECT_FALSE(is_guarded(host));
    for (int start = 2; start < kGuarded; ++start) {
        host.kill9();
        host.serve();
        EXPECT_FALSE(is_guarded(host)) << start << ": " << host.log();
    }
    const auto accepted = host.start("doze", "open", json::object(), false);
    ASSERT_EQ(accepted.status, 202) << accepted.body;
    ASSERT_TRUE(host.until([&] { return host.oracle().state("open") == "waiting"; }));
    const auto due = std::chrono::steady_clock::now() + seconds(7);
    for (int start = kGuarded; start <= kStarts; ++start) {
        host.kill9();
        host.serve();
        EXPECT_TRUE(is_guarded(host)) << start << ": " << host.log();
    }
    std::this_thread::sleep_until(due);  // for what must not happen there is no signal
    EXPECT_EQ(host.oracle().counts().calls, 0) << "its time has come, but the host is not calm";
    EXPECT_EQ(host.oracle().state("open"), "waiting");

    EXPECT_EQ(host.get("/health/live").status, 200);
    EXPECT_EQ(host.runs().size(), 1U);
    const auto refused = host.start("one", "new", json::object(), false);
    EXPECT_EQ(refused.status, 503) << refused.body;
    EXPECT_TRUE(refused.headers.contains("retry-after")) << refused.body;
    EXPECT_NE(refused.body.find("times in short order"), std::string::npos) << refused.body;
    EXPECT_EQ(host.runs().size(), 1U) << "nothing was accepted";

    // An orderly end breaks the row: the next host goes on with what is there.
    EXPECT_EQ(host.stop(), 0) << host.log();
    EXPECT_EQ(host.log().find("its system is"), std::string::npos) << "no plugin is asked either";
    host.serve();
    EXPECT_EQ(host.log().find("takes up no runs"), std::string::npos) << host.log();
    EXPECT_EQ(host.start("one", "new").status, 200);
    ASSERT_TRUE(host.settle());
    EXPECT_EQ(host.oracle().state("open"), "done");
    EXPECT_EQ(host.check(), std::vector<std::string>{});
    EXPECT_EQ(host.stop(), 0) << host.log();
}

}  // namespace
}  // namespace gantry::test::crash_loop_test
