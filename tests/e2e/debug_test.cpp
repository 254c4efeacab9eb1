// `gantry run --debug`: nothing is late, one step at a time, and only where no host runs. Each test
// does the same without it first: what it changes is there to be seen.
#include "support/ledger_host.hpp"
#include "support/shop.hpp"

#include <gtest/gtest.h>

namespace gantry::test {
namespace {

CliResult run(LedgerHost& host, const std::string& workflow, const json& scripts, bool debug) {
    std::vector<std::string> words = {"run", workflow, "-i", ledger_input(scripts).dump()};
    if (debug) words.emplace_back("--debug");
    return host.cli(words);
}

/// Pairs of calls that the ledger saw at the same time.
int overlaps(const LedgerHost& host) {
    const SQLite::Database ledger(host.dir() / "data/ledger.db");
    SQLite::Statement query(ledger,
                            "SELECT count(*) FROM call a JOIN call b ON a.id < b.id"
                            " WHERE b.began < a.ended AND a.began < b.ended");
    query.executeStep();
    return query.getColumn(0);
}

TEST(Debug, a_step_past_its_timeout_in_a_run_past_its_deadline_still_succeeds) {
    for (const bool debug : {false, true}) {
        LedgerHost host;
        json step = ledger_step("a", "write");
        step["invoke"] = {{"timeout", "500ms"}, {"attempts", 1}};
        const json workflow = {{"name", "hasty"}, {"deadline", "2s"}, {"steps", {step}}};
        write_text(host.dir() / "workflows/hasty.json", workflow.dump());
        const auto ran = run(host, "hasty", {{"a", {{"sleep_ms", 4000}}}}, debug);
        EXPECT_EQ(ran.exit_code, debug ? 0 : 3) << ran.err;
        EXPECT_EQ(host.oracle().counts().undone, debug ? 0 : 1);
        EXPECT_EQ(host.check(), std::vector<std::string>{});
    }
}

TEST(Debug, parallel_branches_never_overlap_also_where_they_record_undo_data) {
    for (const bool debug : {false, true}) {
        LedgerHost host;
        const json branches = {ledger_step("a", "write"), ledger_step("b", "write-undo"),
                               ledger_step("c", "write-undo")};
        add_workflow(host, "beside", {{{"parallel", branches}}});
        json scripts;
        for (const char* id : {"a", "b", "c"}) scripts[id] = {{"sleep_ms", 700}};
        const auto ran = run(host, "beside", scripts, debug);
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
        EXPECT_EQ(host.oracle().counts().applied, 3);
        EXPECT_EQ(overlaps(host) > 0, !debug) << overlaps(host);
        EXPECT_EQ(host.check(), std::vector<std::string>{});
    }
}

TEST(Debug, a_failing_branch_reverts_the_others) {
    LedgerHost host;
    add_workflow(host, "beside",
                 {{{"parallel",
                    {ledger_step("a", "write-undo"), ledger_step("b", "write"),
                     ledger_step("c", "write-undo")}}}});
    const auto ran = run(host, "beside", {{"b", {{"do", "refuse"}}}}, true);
    EXPECT_EQ(ran.exit_code, 3) << ran.err;
    EXPECT_EQ(host.check(), std::vector<std::string>{});
}

TEST(Debug, logs_what_plugins_say_at_level_debug) {
    for (const bool debug : {false, true}) {
        auto config = ledger_config();
        config["modules"]["bad"] = {{"plugin", "misbehave"}};
        LedgerHost host(config);
        add_workflow(host, "echo", {{{"step", "bad/echo"}, {"with", {{"said", 1}}}}});
        const auto ran = run(host, "echo", json::object(), debug);
        EXPECT_EQ(ran.exit_code, 0) << ran.err;
        EXPECT_EQ(ran.err.find(R"("level":"debug","message":"an echo")") != std::string::npos,
                  debug)
            << ran.err;
    }
}

TEST(Debug, is_refused_where_a_host_runs) {
    LedgerHost host;
    host.serve();
    const auto refused = run(host, "one", json::object(), true);
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_EQ(refused.out, "");
    for (const std::string& part :
         {std::string("--debug"), "pid " + std::to_string(host.process().pid()),
          std::string("stop that host first")}) {
        EXPECT_NE(refused.err.find(part), std::string::npos) << part << " in " << refused.err;
    }
    EXPECT_TRUE(host.runs().empty());
    EXPECT_EQ(host.stop(), 0) << host.log();
    EXPECT_EQ(run(host, "one", json::object(), true).exit_code, 0);
}

}  // namespace
}  // namespace gantry::test
