// Rows of the store that cannot be read any more: their runs are set aside, the others go on.
#include "support/supervisor.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

namespace gantry::test {
namespace {

void spoil(const LedgerHost& host, const std::string& sql) {
    SQLite::Database db((host.dir() / "data/gantry.db").string(), SQLite::OPEN_READWRITE, 1000);
    db.exec("PRAGMA ignore_check_constraints=ON");
    db.exec(sql);
}

TEST(Unreadable, rows_set_their_runs_aside_and_every_other_one_goes_on) {
    LedgerHost host(ledger_config_with({"old"}));
    const json old = {ledger_step("a", "write"), {{"id", "nap"}, {"sleep", "1h"}}};
    add_workflow(host, "old", old);
    host.serve();
    for (const std::string key : {"pins", "state", "step", "input", "good"}) {
        ASSERT_EQ(host.start("nap", key, {{"nap", "1h"}}, false).status, 202);
    }
    ASSERT_EQ(host.start("old", "definition", json::object(), false).status, 202);
    ASSERT_TRUE(host.until([&] { return host.oracle().counts().waiting == 6; }));
    ASSERT_EQ(host.stop(), 0);

    spoil(host, "UPDATE run SET wake_at = 1");
    spoil(host, "UPDATE step SET wake_at = 1 WHERE wake_at IS NOT NULL");
    spoil(host, "UPDATE run SET pins = '{bad' WHERE idem_key = 'pins'");
    spoil(host, "UPDATE run SET status = 'odd' WHERE idem_key = 'state'");
    spoil(host, "UPDATE run SET input = '{bad' WHERE idem_key = 'input'");
    spoil(host,
          "UPDATE step SET status = 'odd' WHERE run_id ="
          " (SELECT run_id FROM run WHERE idem_key = 'step')");
    // The workflow has another definition now; the run's own is broken.
    spoil(host, "UPDATE definition SET body = '{bad' WHERE name = 'old'");
    add_workflow(host, "old", json::array({ledger_step("a", "write")}));

    host.serve();
    SQLite::Database db((host.dir() / "data/gantry.db").string(), SQLite::OPEN_READONLY);
    const auto reason = [&](const std::string& key) {
        SQLite::Statement row(db,
                              "SELECT status || ', ' || ifnull(waits_for, '') FROM run"
                              " WHERE idem_key = ?");
        row.bind(1, key);
        return row.executeStep() ? row.getColumn(0).getString() : "";
    };
    ASSERT_TRUE(host.until([&] { return reason("good").starts_with("done"); })) << host.log();
    for (const std::string key : {"pins", "state", "step", "definition"}) {
        EXPECT_TRUE(host.until([&] { return reason(key).starts_with("paused, store: "); }))
            << key << ": " << reason(key);
        EXPECT_NE(reason(key).find("cannot be read"), std::string::npos) << reason(key);
    }
    EXPECT_TRUE(host.until([&] { return !reason("input").starts_with("waiting"); }))
        << "its steps cannot be given what they want: " << reason("input");
    const std::string told = "\"level\":\"error\",\"message\":\"a run is set aside";
    EXPECT_TRUE(host.until([&] { return host.log().find(told) != std::string::npos; }))
        << host.log();

    const auto list = host.cli({"runs", "ls", "--needs-person"});
    EXPECT_EQ(list.exit_code, 0) << list.err;
    EXPECT_GE(std::count(list.out.begin(), list.out.end(), '\n'), 4) << list.out;
    for (const std::string key : {"pins", "state", "step", "input", "definition"}) {
        const auto all = host.get("/admin/workflows-executions?q=" + key).parsed();
        const std::string id = all.at("workflow_executions").at(0).at("run_id");
        const auto shown = host.cli({"runs", "show", id});
        EXPECT_EQ(shown.exit_code, 0) << key << shown.err;
        EXPECT_NE(shown.out.find("a: "), std::string::npos) << "its step: " << shown.out;
        EXPECT_NE(shown.out.find("cannot be read: "), std::string::npos)
            << key << ": " << shown.out;
    }
    const auto resumed = host.cli({"runs", "resume", "--waits-for", "store"});
    EXPECT_EQ(resumed.exit_code, 1) << "they still cannot be read: " << resumed.out;
    EXPECT_EQ(host.start("one", "next").status, 200);
    ASSERT_EQ(host.stop(), 0);

    // Mended, they go on.
    spoil(host, "UPDATE run SET pins = (SELECT pins FROM run WHERE idem_key = 'good')");
    host.serve();
    EXPECT_EQ(host.cli({"runs", "resume", "--waits-for", "store: run"}).exit_code, 1)
        << "the step is broken still";
    EXPECT_TRUE(host.until([&] { return reason("pins").starts_with("done"); })) << reason("pins");
}

// It waits for its time: nobody claims it, but a start looks at what open runs would miss.
TEST(Unreadable, pins_of_another_form_end_no_start) {
    LedgerHost host;
    host.serve();
    ASSERT_EQ(host.start("nap", "pins", {{"nap", "1h"}}, false).status, 202);
    ASSERT_TRUE(host.until([&] { return host.oracle().counts().waiting == 1; }));
    ASSERT_EQ(host.stop(), 0);
    spoil(host, R"(UPDATE run SET wake_at = NULL, waits_for = 'signal: x', pins = '{"ledger":1}')");
    const auto check = host.cli({"config", "check"});
    EXPECT_EQ(check.exit_code, 0) << check.err;
    EXPECT_NE(check.err.find("its pins cannot be read"), std::string::npos) << check.err;
    host.serve();
    EXPECT_TRUE(host.until([&] {
        return host.log().find("its pins cannot be read") != std::string::npos;
    })) << host.log();
    EXPECT_EQ(host.start("one", "next").status, 200);
    EXPECT_EQ(host.stop(), 0) << host.log();
}

}  // namespace
}  // namespace gantry::test
