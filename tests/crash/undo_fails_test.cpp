// Undos that fail, for good or for a while: the run says which, and the others keep their order.
#include "support/supervisor.hpp"

#include <gtest/gtest.h>

namespace gantry::test {
namespace {

class UndoFails : public testing::Test {
protected:
    void SetUp() override {
        json steps = {ledger_step("a", "write"), ledger_step("b", "write-undo"),
                      ledger_step("c", "write")};
        for (auto& step : steps) {
            step["compensate"] = {{"first_delay", "20ms"}, {"max_delay", "50ms"}};
        }
        add_workflow(host_, "hasty", steps);
        host_.serve();
    }

    /// The steps in the order in which they were undone.
    std::string undone() {
        SQLite::Database ledger((host_.dir() / "data/ledger.db").string());
        return ledger
            .execAndGet(
                "SELECT group_concat(substr(key, instr(key, '/') + 1), '') FROM"
                " (SELECT key FROM effect WHERE undone IS NOT NULL ORDER BY undone)")
            .getString();
    }
    int undo_calls(const std::string& id) {
        SQLite::Database ledger((host_.dir() / "data/ledger.db").string());
        return ledger
            .execAndGet("SELECT count(*) FROM call WHERE side = 'compensate' AND key LIKE '%/" +
                        id + "'")
            .getInt();
    }
    void right() {
        EXPECT_EQ(host_.check(), std::vector<std::string>{});
        EXPECT_EQ(host_.stop(), 0) << host_.log();
    }

    LedgerHost host_{ledger_config_with({"hasty"})};
};

TEST_F(UndoFails, for_good_and_the_run_names_the_step_while_the_others_are_undone) {
    const auto answer =
        host_.start("hasty", "bad", {{"b", {{"undo", "refuse"}}}, {"c", {{"do", "unknown"}}}});
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.parsed().at("unreverted"), json({"b"})) << answer.body;
    EXPECT_EQ(host_.oracle().state("bad"), "failed");
    EXPECT_EQ(undone(), "ca");
    EXPECT_EQ(undo_calls("b"), 1);
    EXPECT_EQ(metric(host_, "gantry_runs_needs_person"), 1);
    right();
}

TEST_F(UndoFails, five_times_and_then_works_before_the_next_one_begins) {
    const auto answer =
        host_.start("hasty", "slow", {{"b", {{"undo", "retry:5"}}}, {"c", {{"do", "unknown"}}}});
    EXPECT_EQ(answer.parsed().at("state"), "reverted") << answer.body;
    EXPECT_EQ(undone(), "cba");
    EXPECT_EQ(undo_calls("b"), 6);
    EXPECT_EQ(undo_calls("a"), 1);
    right();
}

}  // namespace
}  // namespace gantry::test
