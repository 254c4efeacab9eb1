// Runs of the witness plugin through kill -9: what it saw and what the store says agree.
#include "support/ledger_host.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

namespace gantry::test {
namespace {

using Lines = std::vector<std::string>;
using std::chrono::seconds;

TEST(Ledger, witnesses_runs_that_are_done_reverted_and_failed) {
    LedgerHost host;
    host.serve();
    EXPECT_EQ(host.start("three", "done").status, 200);
    EXPECT_EQ(host.start("look", "looked").status, 200);
    EXPECT_EQ(host.start("two", "late", {{"a", {{"do", "retry:2"}}}}).status, 200);
    EXPECT_EQ(host.start("three", "refused", {{"c", {{"do", "refuse"}}}}).status, 400);
    EXPECT_NE(host.start("three", "unknown", {{"c", {{"do", "unknown"}}}}).status, 200);
    EXPECT_NE(host.start("two", "thrown", {{"b", {{"do", "throw"}}}}).status, 200);
    EXPECT_EQ(host.start("three", "stuck", {{"a", {{"undo", "refuse"}}}, {"b", {{"do", "refuse"}}}})
                  .status,
              500);
    ASSERT_TRUE(host.settle());
    EXPECT_EQ(host.oracle().state("unknown"), "reverted");
    EXPECT_EQ(host.oracle().state("thrown"), "reverted");
    EXPECT_EQ(host.oracle().state("stuck"), "failed");
    EXPECT_EQ(host.check(), Lines{});
    EXPECT_EQ(host.stop(), 0);
    EXPECT_EQ(host.check(), Lines{});
    const auto counts = host.oracle().counts();
    EXPECT_EQ(counts.runs, 7);
    // 3 + 1 + 2, then 2 + 3 + 2 that are undone, and 1 that is not.
    EXPECT_EQ(counts.applied, 6 + 7 + 1);
    EXPECT_EQ(counts.undone, 7);
}

TEST(Ledger, a_call_that_a_kill_cut_off_is_made_again) {
    LedgerHost host;
    host.serve();
    EXPECT_EQ(host.start("two", "cut", {{"b", {{"sleep_ms", 3000}}}}, false).status, 202);
    // Two calls have begun: b sleeps, or is about to.
    ASSERT_TRUE(host.until([&] { return host.oracle().counts().calls == 2; }));
    host.kill9();
    ASSERT_TRUE(host.process().wait(seconds(60)));
    host.serve();
    ASSERT_TRUE(host.settle());
    EXPECT_EQ(host.oracle().state("cut"), "done");
    EXPECT_EQ(host.check(), Lines{});
    const auto counts = host.oracle().counts();
    EXPECT_EQ(counts.calls, 3);
    EXPECT_EQ(counts.applied, 2);
}

struct Death {
    const char* how;
    int exit_code;
};

class LedgerDies : public testing::TestWithParam<Death> {};

TEST_P(LedgerDies, and_its_last_call_is_on_the_disk) {
    LedgerHost host;
    host.serve();
    host.start("two", "dies", {{"b", {{"do", GetParam().how}}}}, false);
    ASSERT_TRUE(host.process().wait(seconds(60)));
    EXPECT_EQ(host.process().exit_code(), GetParam().exit_code) << host.log();
    EXPECT_EQ(host.oracle().counts().calls, 2);
    EXPECT_EQ(host.oracle().counts().applied, 1);
    const auto found = host.check();
    ASSERT_EQ(found.size(), 1U) << testing::PrintToString(found);
    EXPECT_TRUE(found.front().starts_with("I2 ")) << "it is still owned: " << found.front();
}

INSTANTIATE_TEST_SUITE_P(Ledger, LedgerDies,
                         testing::Values(Death{"crash", -SIGSEGV}, Death{"abort", -SIGABRT},
                                         Death{"exit", 0}),
                         [](const auto& one) { return std::string(one.param.how); });

TEST(FaultVariable, that_is_misspelt_ends_the_program_before_it_starts) {
    setenv("GANTRY_FAULT", "efect.after:1:kill", 1);  // NOLINT: no other thread runs yet
    LedgerHost host;
    const auto result = host.cli({"config", "check"});
    unsetenv("GANTRY_FAULT");  // NOLINT
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.err.find("GANTRY_FAULT"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace gantry::test
