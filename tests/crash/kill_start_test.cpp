// kill -9 in steps of 5 ms through the start of a host, of a new store and of one with runs in it:
// the next start works, and the rows are what they were.
#include "support/shop.hpp"
#include "support/store_rows.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <csignal>
#include <set>

namespace gantry::test::kill_start_test {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int kKills = 100;
constexpr milliseconds kStep{5};

// Every row of a database as a line of text; none when there is no file or no table yet. Reads a
// copy: the last to close a database would tidy its WAL up.
std::multiset<std::string> rows_of(const std::string& original) {
    std::multiset<std::string> lines;
    const TempDir dir;
    const std::string file = dir / "copy.db";
    for (const char* part : {"", "-wal", "-journal"}) {
        if (!std::filesystem::exists(original + part)) continue;
        std::filesystem::copy_file(original + part, file + part);
    }
    if (!std::filesystem::exists(file)) return lines;
    SQLite::Database database(file, SQLite::OPEN_READWRITE, 5000);
    EXPECT_EQ(database.execAndGet("PRAGMA quick_check").getString(), "ok") << file;
    SQLite::Statement tables(database, "SELECT name FROM sqlite_master WHERE type='table'");
    while (tables.executeStep()) {
        const auto table = tables.getColumn(0).getString();
        lines.insert(table);
        SQLite::Statement rows(database, "SELECT * FROM " + table);
        while (rows.executeStep()) {
            std::string line = table;
            for (int i = 0; i < rows.getColumnCount(); ++i) {
                line += rows.isColumnNull(i) ? "|" : "|'" + rows.getColumn(i).getString() + "'";
            }
            // Each start is counted.
            if (line.starts_with("meta|'starts'") || line.starts_with("meta|'stamp'") ||
                line.starts_with("meta|'retention'")) {
                continue;
            }
            lines.insert(line);
        }
    }
    return lines;
}

class KilledStart : public testing::Test {
protected:
    std::string store() const { return host_.dir() / "data/gantry.db"; }

    HttpResponse run(const std::string& workflow) {
        return host_.send({"POST", "/admin/workflows-executions/" + workflow + "/run", "{}"});
    }

    // How long a start takes here and now.
    milliseconds start_time() {
        const auto began = Clock::now();
        host_.serve();
        return std::chrono::duration_cast<milliseconds>(Clock::now() - began);
    }

    // Kills hosts, each a step later, until past the start; then begins anew, 1 ms later.
    template <typename AfterKill>
    void kill_through(milliseconds start, int kills, AfterKill after_kill) {
        milliseconds first{0};
        milliseconds moment{0};
        for (int i = 0; i < kills; ++i, moment += kStep) {
            if (moment > start + 2 * kStep) moment = ++first;
            SCOPED_TRACE(std::to_string(moment.count()) + " ms");
            ASSERT_FALSE(host_.serve_without_waiting().wait(moment)) << host_.log();
            host_.kill9();
            ASSERT_EQ(host_.process().exit_code(), -SIGKILL);
            after_kill();
        }
    }

    HostProcess host_{misbehaving_shop_config()};
};

TEST_F(KilledStart, of_a_store_with_runs_changes_none_of_its_rows) {
    const json fails = {{"step", "fails"}, {"with", {{"code", GANTRY_E_REJECTED}}}};
    add_workflow(host_, "good", {{{"step", "echo"}}});
    add_workflow(host_, "reverts", {{{"step", "echo"}}, fails});
    add_workflow(host_, "cannot-undo", {{{"step", "refuses-undo"}}, fails});
    add_workflow(host_, "pauses", {{{"step", "fails"}, {"with", {{"code", GANTRY_E_CONFIG}}}}});
    host_.serve();
    for (const std::string workflow : {"good", "reverts", "cannot-undo", "pauses"}) run(workflow);
    std::set<std::string> states;
    for (const auto& one : host_.runs()) states.insert(one.at("state"));
    ASSERT_EQ(states, (std::set<std::string>{"done", "reverted", "failed", "paused"}));
    host_.kill9();
    const auto before = rows_of(store());
    ASSERT_FALSE(before.empty());

    const auto start = start_time();
    host_.kill9();
    kill_through(start, kKills / 2, [&] { ASSERT_EQ(rows_of(store()), before); });
    host_.serve();
    EXPECT_EQ(host_.runs().size(), 4U);
    EXPECT_EQ(run("good").status, 200);
    EXPECT_EQ(host_.stop(), 0);
}

TEST_F(KilledStart, of_a_new_store_leaves_none_or_a_whole_one) {
    add_workflow(host_, "good", {{{"step", "echo"}}});
    const auto start = start_time();
    host_.kill9();
    const auto remove = [&] { std::filesystem::remove_all(host_.dir() / "data"); };
    remove();
    int made = 0;
    kill_through(start, kKills / 2, [&] {
        const bool is_made = !rows_of(store()).empty();
        made += is_made ? 1 : 0;
        // The next start, in this process: the same code makes or takes up the store.
        {
            const auto next = open_store(store());
            EXPECT_EQ(next->count({}), 0);
            ASSERT_TRUE(write(*next, new_run(1, 10)));
        }
        remove();
    });
    std::cout << made << " of " << kKills / 2 << " killed starts had made the store\n";
    host_.serve();
    EXPECT_EQ(run("good").status, 200);
    EXPECT_EQ(host_.stop(), 0);
}

}  // namespace
}  // namespace gantry::test::kill_start_test
