// Definitions and plugins change while runs are under way: a run keeps the definition that it began
// with, and one whose plugin is gone waits, counted, until it is back.
#include "support/supervisor.hpp"

#include <gtest/gtest.h>

namespace gantry::test {
namespace {

json nap(const std::string& id) { return {{"id", id}, {"sleep", "2s"}}; }

std::string hash_of(const LedgerHost& host, const std::string& key) {
    SQLite::Database store((host.dir() / "data/gantry.db").string());
    SQLite::Statement find(store, "SELECT def_hash FROM run WHERE idem_key = ?1");
    find.bind(1, key);
    return find.executeStep() ? find.getColumn(0).getString() : "";
}

std::string steps_of(const json& run) {
    std::string ids;
    for (const auto& step : run.at("steps")) {
        if (step.at("module") == "ledger") ids += step.at("id").get<std::string>();
    }
    return ids;
}

TEST(Change, of_a_definition_is_for_new_runs) {
    LedgerHost host(ledger_config_with({"edited"}));
    add_workflow(host, "edited",
                 {ledger_step("a", "write"), nap("nap"), ledger_step("b", "write", "a")});
    host.serve();
    ASSERT_EQ(host.start("edited", "old", json::object(), false).status, 202);
    ASSERT_TRUE(host.until([&] { return host.oracle().counts().calls == 1; }));
    host.kill9();
    add_workflow(host, "edited", {ledger_step("a", "write"), ledger_step("c", "write", "a")});
    host.serve();
    EXPECT_EQ(host.start("edited", "new").status, 200);
    ASSERT_TRUE(host.settle());
    EXPECT_EQ(host.oracle().state("old"), "done");
    EXPECT_NE(hash_of(host, "old"), hash_of(host, "new"));
    EXPECT_EQ(steps_of(run_of(host, "edited", "old")), "ab");
    EXPECT_EQ(steps_of(run_of(host, "edited", "new")), "ac");
    EXPECT_EQ(host.check(), std::vector<std::string>{});
    EXPECT_EQ(host.stop(), 0) << host.log();
}

TEST(Change, of_a_plugin_that_is_gone_lets_its_runs_wait_until_it_is_back) {
    const json whole = ledger_config_with({"removed"});
    LedgerHost host(whole);
    add_workflow(host, "removed",
                 {ledger_step("a", "write"), nap("nap"), ledger_step("b", "write", "a")});
    host.serve();
    ASSERT_EQ(host.start("removed", "waits", json::object(), false).status, 202);
    ASSERT_TRUE(host.until([&] { return host.oracle().counts().calls == 1; }));
    ASSERT_EQ(host.stop(), 0) << host.log();

    json without = whole;
    without["modules"] = json::object();
    without["routes"] = json::array();
    without.erase("workflows");
    write_text(host.config_file(), without.dump(2));
    host.serve();
    ASSERT_TRUE(host.until([&] {
        const auto run = run_of(host, "removed", "waits");
        return run.at("waits_for").dump().find("plugin: ") != std::string::npos;
    })) << run_of(host, "removed", "waits").dump(2);
    const auto run = run_of(host, "removed", "waits");
    EXPECT_NE(run.at("waits_for").dump().find("ledger"), std::string::npos) << run.dump(2);
    ASSERT_TRUE(host.until([&] { return metric(host, "gantry_runs_unroutable") == 1; }));
    EXPECT_EQ(host.oracle().counts().calls, 1);
    EXPECT_EQ(host.check(), std::vector<std::string>{}) << "it waits, and says for what";
    ASSERT_EQ(host.stop(), 0) << host.log();

    write_text(host.config_file(), whole.dump(2));
    host.serve();
    EXPECT_TRUE(host.settle());
    EXPECT_EQ(host.oracle().state("waits"), "done");
    EXPECT_EQ(metric(host, "gantry_runs_unroutable"), 0);
    EXPECT_EQ(host.check(), std::vector<std::string>{});
    EXPECT_EQ(host.stop(), 0) << host.log();
}

}  // namespace
}  // namespace gantry::test
