// That the invariant of the store is looked at after every test that starts a host, here of one
// that asks for nothing itself. GANTRY_MUTANT=suspect takes out what makes a host go on to the next
// run after one that its predecessor died in: then this has to fail.
#include "support/ledger_host.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace gantry::test::accounts_test {
namespace {

TEST(Accounts, a_host_tries_all_runs_in_whose_calls_the_one_before_died) {
    LedgerHost host;
    host.arm("effect.before:3:kill");
    host.serve();
    for (int i = 0; i < 3; ++i) {
        host.start("one", "run-" + std::to_string(i), {{"a", {{"sleep_ms", 500}}}}, false);
    }
    ASSERT_TRUE(host.process().wait(std::chrono::seconds(60)));
    ASSERT_EQ(host.process().exit_code(), -SIGKILL) << host.log();
    host.arm("");
    host.serve();
    // From then on the next one's turn has come.
    const std::string over = "/admin/workflows-executions?limit=1&state=done";
    ASSERT_TRUE(host.until([&] { return host.get(over).parsed().at("count") > 0; })) << host.log();
}

}  // namespace
}  // namespace gantry::test::accounts_test
