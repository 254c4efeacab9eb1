// What each guard of the engine is for, seen from outside. GANTRY_MUTANT=guard takes one out of
// every host that a test starts: the test of that name then has to find the damage.
#include "support/ledger_host.hpp"
#include "support/sanitizers.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

namespace gantry::test::guards_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Lines = std::vector<std::string>;

bool is_mutant(const std::string& guard) {
    const char* out = std::getenv("GANTRY_MUTANT");  // NOLINT: no other thread runs yet
    return out != nullptr && out == guard;
}

testing::AssertionResult says(const Lines& found, const std::string& what) {
    for (const auto& line : found) {
        if (line.find(what) != std::string::npos) return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << testing::PrintToString(found);
}

class Guards : public testing::Test {
protected:
    // A value of the first row; empty: NULL or no row.
    std::string ask(const char* file, const std::string& sql) const {
        SQLite::Database database(host_.dir() / file, SQLite::OPEN_READONLY, 10'000);
        SQLite::Statement s(database, sql);
        return s.executeStep() && !s.getColumn(0).isNull() ? s.getColumn(0).getString() : "";
    }
    std::string of_store(const std::string& sql) const { return ask("data/gantry.db", sql); }
    std::string of_ledger(const std::string& sql) const { return ask("data/ledger.db", sql); }

    void change_store(const std::string& sql) const {
        SQLite::Database database(host_.dir() / "data/gantry.db", SQLite::OPEN_READWRITE, 10'000);
        ASSERT_EQ(database.exec(sql), 1) << sql;
    }

    double stale_writes() const {
        const std::string name = "\ngantry_stale_writes_total ";
        const auto text = host_.get("/metrics").body;
        const auto at = text.find(name);
        return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size()));
    }

    // A host that dies at the point, in a run of the workflow; the next one runs afterwards.
    void die_at(const std::string& fault, const std::string& workflow, const std::string& key,
                const json& scripts = json::object()) {
        host_.arm(fault);
        host_.serve();
        host_.start(workflow, key, scripts);
        ASSERT_TRUE(host_.process().wait(seconds(60)));
        ASSERT_EQ(host_.process().exit_code(), -SIGKILL) << host_.log();
        host_.arm("");
        host_.serve();
    }

    LedgerHost host_;
};

// The run is taken away while its call is under way, and its host stands still meanwhile.
TEST_F(Guards, fence_refuses_what_an_owner_of_yesterday_writes) {
    host_.serve();
    host_.start("two", "zombie", {{"b", {{"sleep_ms", 3000}}}}, /*wait=*/false);
    ASSERT_TRUE(host_.until([&] { return host_.oracle().counts().calls == 2; }));
    host_.process().signal(SIGSTOP);
    change_store("UPDATE run SET owner = 'another host', fence = fence + 1");
    host_.process().wait(milliseconds(3500));  // the call's time passes
    host_.process().signal(SIGCONT);
    const std::string b = "SELECT status FROM step WHERE path = 'b'";
    if (is_mutant("fence")) {
        ASSERT_TRUE(host_.until([&] { return of_store(b) == "done"; })) << "not accepted";
        return;
    }
    ASSERT_TRUE(host_.until([&] { return stale_writes() >= 1; }));
    EXPECT_EQ(of_store(b), "started");
    EXPECT_EQ(of_store("SELECT owner FROM run"), "another host");
    EXPECT_EQ(host_.stop(), 0) << host_.log();
    EXPECT_EQ(of_store("SELECT owner FROM run"), "another host") << "nothing of it is let go";

    host_.serve();
    ASSERT_TRUE(host_.settle());
    EXPECT_EQ(host_.oracle().state("zombie"), "done");
    EXPECT_EQ(host_.check(), Lines{});
    EXPECT_EQ(host_.oracle().counts().applied, 2);
    EXPECT_EQ(host_.oracle().counts().calls, 3) << "b was asked for again";
    EXPECT_EQ(of_ledger("SELECT count(DISTINCT key) FROM call"), "2");
}

// The effect is there, its answer is lost.
TEST_F(Guards, started_keeps_a_step_that_may_run_once_from_running_again) {
    die_at("effect.after:2:kill", "once", "once");
    ASSERT_TRUE(host_.settle());
    const auto found = host_.check();
    if (is_mutant("started")) {
        EXPECT_TRUE(says(found, "may be called once and was called again"));
        return;
    }
    EXPECT_EQ(found, Lines{});
    EXPECT_EQ(host_.oracle().state("once"), "reverted");
    const std::string calls = "SELECT count(*) FROM call WHERE step = 'once' AND side = ";
    EXPECT_EQ(of_ledger(calls + "'invoke'"), "1");
    EXPECT_EQ(of_ledger(calls + "'compensate'"), "1");
    EXPECT_EQ(of_store("SELECT status FROM step WHERE path = 'b' AND side = 'invoke'"), "unknown");
    EXPECT_EQ(of_store("SELECT count(*) FROM step WHERE path = 'c'"), "0");
}

// The record is changed, and the host dies; then the run reverts.
TEST_F(Guards, undo_wait_keeps_what_was_there_before_the_first_attempt) {
    die_at("effect.after:1:kill", "two", "undone",
           {{"a", {{"name", "mug"}}}, {"b", {{"do", "refuse"}}}});
    ASSERT_TRUE(host_.settle());
    EXPECT_EQ(host_.oracle().state("undone"), "reverted");
    const auto found = host_.check();
    const auto left = of_ledger("SELECT value FROM record WHERE name = 'mug'");
    if (is_mutant("undo_wait")) {
        EXPECT_TRUE(says(found, "record mug still says"));
        EXPECT_NE(left, "");
        return;
    }
    EXPECT_EQ(found, Lines{});
    EXPECT_EQ(left, "");
}

TEST_F(Guards, reverse_undoes_what_came_last_first) {
    host_.serve();
    EXPECT_EQ(host_.start("three", "refused", {{"c", {{"do", "refuse"}}}}).status, 400);
    const auto found = host_.check();
    if (is_mutant("reverse")) {
        EXPECT_TRUE(says(found, "was compensated before"));
        return;
    }
    EXPECT_EQ(found, Lines{});
    EXPECT_EQ(of_ledger("SELECT group_concat(substr(key, -1)) FROM"
                        " (SELECT key FROM call WHERE side = 'compensate' ORDER BY began)"),
              "b,a");
}

// No guard of its own: the same key is what keeps the effect one.
TEST_F(Guards, a_step_that_is_asked_for_again_has_its_key_and_one_effect) {
    constexpr int kKills = kSanitized ? 5 : 50;
    for (int i = 0; i < kKills; ++i) {
        die_at("effect.after:1:kill", "one", "kill-" + std::to_string(i));
        ASSERT_TRUE(host_.settle());
        ASSERT_EQ(host_.stop(), 0);
    }
    EXPECT_EQ(host_.check(), Lines{});
    const auto counts = host_.oracle().counts();
    EXPECT_EQ(counts.runs, kKills);
    EXPECT_EQ(counts.applied, kKills);
    EXPECT_EQ(counts.calls, 2 * kKills);
    EXPECT_EQ(of_ledger("SELECT count(DISTINCT key) FROM call"), std::to_string(kKills));
    EXPECT_EQ(of_ledger("SELECT max(n) FROM (SELECT count(*) AS n FROM call GROUP BY key)"), "2");
    EXPECT_EQ(of_store("SELECT count(*) FROM run WHERE status = 'done'"), std::to_string(kKills));
}

}  // namespace
}  // namespace gantry::test::guards_test
