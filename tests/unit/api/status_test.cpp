// What the host waits for, in numbers, and that it says so when it takes up no runs.
#include "base/clock.hpp"
#include "support/store_rows.hpp"
#include "test_host.hpp"

#include <thread>

namespace gantry::host {

TEST(Status, counts_runs_by_what_they_wait_for) {
    const TestHost host;
    EXPECT_EQ(host.admin("GET", "/admin/status").parsed(),
              json({{"unaccounted", 0},
                    {"waiting", json::object()},
                    {"needs_person", 0},
                    {"calm_at", nullptr},
                    {"retention_waits_until", nullptr}}));
    for (const auto* body : {R"({"do":"AUTH"})", R"({"do":"CONFIG"})",
                             R"({"do":"REJECTED","undo":"CHANGED"})", R"({"do":"ok"})"}) {
        host.send("POST", "/two", body);
    }
    EXPECT_EQ(host.admin("GET", "/admin/status").parsed(),
              json({{"unaccounted", 0},
                    {"waiting", {{"configuration", 2}}},
                    {"needs_person", 3},
                    {"calm_at", nullptr},
                    {"retention_waits_until", nullptr}}));
    EXPECT_EQ(host.send("GET", "/admin/status").status, 401);
}

TEST(Status,
     the_runs_that_nobody_accounts_for_are_listed_with_the_reason_and_the_patience_asked_for) {
    TestHost host;
    host.engine.recover();
    const auto since = host.store->now();
    host.send("POST", "/two", R"({"do":"AUTH"})");
    auto row = *host.store->run(test::all_runs(*host.store).front().id);
    Mutation late;
    late.accept = true;
    late.run = row;
    late.run.id = "late";
    late.run.idem_key.reset();
    late.run.wake_at = host.store->now() - 20'000;
    EXPECT_TRUE(test::write(*host.store, std::move(late)));
    const std::string all = "/admin/unaccounted";
    EXPECT_EQ(host.admin("GET", all).parsed().at("runs"), json::array());
    while (host.store->now() <= since + 1) std::this_thread::yield();
    const auto runs = host.admin("GET", all + "?patience=1ms").parsed().at("runs");
    ASSERT_EQ(runs.size(), 1U) << runs;
    EXPECT_EQ(runs[0].at("run_id"), "late");
    EXPECT_NE(runs[0].at("why").get<std::string>().find("nobody took it up"), std::string::npos);
    for (const auto* query : {"?patience=5", "?patience=", "?impatience=5s"}) {
        EXPECT_EQ(host.admin("GET", all + query).status, 400) << query;
    }
}

TEST(Status, a_run_that_is_due_is_not_listed_while_this_host_takes_none) {
    const TestHost host;  // which has not begun to
    host.send("POST", "/two", R"({"do":"AUTH"})");
    Mutation late;
    late.accept = true;
    late.run = *host.store->run(test::all_runs(*host.store).front().id);
    late.run.id = "late";
    late.run.idem_key.reset();
    late.run.wake_at = host.store->now() - 20'000;
    EXPECT_TRUE(test::write(*host.store, std::move(late)));
    EXPECT_EQ(host.admin("GET", "/admin/unaccounted?patience=1ms").parsed().at("runs"),
              json::array());
}

TEST(Status, a_host_that_was_started_too_often_is_not_ready_and_says_until_when) {
    TestHost host;
    EXPECT_EQ(host.send("GET", "/health/ready").status, 200);
    host.store->put_note("starts", json(std::vector<std::int64_t>(4, wall_ms())).dump());
    host.engine.recover();
    const auto ready = host.send("GET", "/health/ready");
    EXPECT_EQ(ready.status, 503);
    EXPECT_NE(ready.parsed().at("reason").get<std::string>().find("started too often"),
              std::string::npos);
    EXPECT_EQ(ready.parsed().at("calm_at"),
              host.admin("GET", "/admin/status").parsed().at("calm_at"));
    EXPECT_EQ(ready.parsed().at("calm_at").get<std::string>().size(), 24U);
}

}  // namespace gantry::host
