// What a list costs does not grow with the runs that are over, nor what the promise's check costs
// with those that wait: in steps of SQLite's machine.
#include "store/accounts.hpp"
#include "store/lists.hpp"
#include "support/finished_runs.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace gantry::host {
namespace {

class Counted {
public:
    explicit Counted(const std::string& file) : connection_(file, SqliteConnection::Mode::kRead) {
        sqlite3_progress_handler(connection_.database().getHandle(), 1, &Counted::step, &steps_);
    }

    int steps_of(const std::function<void(SqliteConnection&)>& work) {
        steps_ = 0;
        work(connection_);
        return steps_;
    }

private:
    static int step(void* steps) {
        ++*static_cast<int*>(steps);
        return 0;  // goes on
    }

    int steps_ = 0;
    SqliteConnection connection_;
};

TEST(StoreCost, a_list_costs_no_more_when_more_runs_are_over) {
    const test::TempDir dir;
    const std::string small = dir / "small.db";
    const std::string large = dir / "large.db";
    test::make_finished_runs(small, 1'000, 10);
    test::make_finished_runs(large, 10'000, 10);
    Counted few(small);
    Counted many(large);
    const auto now = WallClock().now();
    const std::vector<std::vector<RunStatus>> states = {
        {}, {RunStatus::kDone}, {RunStatus::kReverted}, {RunStatus::kFailed, RunStatus::kPaused}};
    using Workflow = std::optional<std::string>;
    for (const auto& workflow : {Workflow(), Workflow("w3"), Workflow("w5"), Workflow("nobody")}) {
        for (const auto& status : states) {
            for (const auto& from : {std::optional<std::int64_t>(), std::optional(now - 600'000)}) {
                RunFilter filter;
                filter.workflow = workflow;
                filter.status = status;
                filter.created_from = from;
                filter.limit = 20;
                const auto list = [&](auto& c) { runs(c, filter); };
                const auto counted = [&](auto& c) { count(c, filter, 50); };
                const auto about = workflow.value_or("any") + ", " + std::to_string(status.size()) +
                                   " states" + (from ? ", of ten minutes" : "");
                EXPECT_LE(many.steps_of(list), few.steps_of(list) * 6 / 5 + 50) << about;
                EXPECT_LE(many.steps_of(counted), few.steps_of(counted) * 6 / 5 + 50) << about;
            }
        }
    }
}

TEST(StoreCost, who_is_unaccounted_for_costs_no_more_when_more_runs_wait) {
    const test::TempDir dir;
    const std::string small = dir / "small.db";
    const std::string large = dir / "large.db";
    test::make_finished_runs(small, 1'000, 10, 100);
    test::make_finished_runs(large, 10'000, 10, 9'000);
    Counted few(small);
    Counted many(large);
    const auto now = WallClock().now();
    const auto ask = [&](auto& c) { EXPECT_TRUE(unaccounted(c, "host", now, 60'000).empty()); };
    EXPECT_LE(many.steps_of(ask), few.steps_of(ask) * 6 / 5 + 50);
    const auto of_kinds = [](auto& c) { EXPECT_EQ(waiting(c).size(), 1U); };
    EXPECT_LE(many.steps_of(of_kinds), 4 * 9'000 + 200) << "one index is counted, no more";
}

}  // namespace
}  // namespace gantry::host
