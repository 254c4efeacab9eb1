// Runs through configured routes: answers, keys and waiting.
#include "test_host.hpp"

#include <thread>

namespace gantry::host {
namespace {

std::string does(const std::string& what) { return json({{"do", what}}).dump(); }

}  // namespace

TEST(Runs, a_run_that_is_done_answers_its_bare_result) {
    const TestHost host;
    const auto done = host.send("POST", "/two", does("ok"));
    EXPECT_EQ(done.status, 200);
    EXPECT_EQ(done.parsed(), json::parse(R"({"done":{"do":"ok"}})"));
}

TEST(Runs, a_reverted_run_answers_with_the_status_of_its_cause) {
    const TestHost host;
    const std::vector<std::tuple<std::string, int, std::string>> table = {
        {"INVALID_DATA", 400, "invalid_data"},
        {"REJECTED", 400, "not_allowed"},
        {"NOT_FOUND", 404, "not_found"},
        {"CONFLICT", 409, "conflict"},
        {"CHANGED", 409, "conflict"},
        {"TOO_LARGE", 413, "invalid_data"},
        {"UNAVAILABLE", 503, "unexpected_state"},
        {"RATE_LIMITED", 503, "unexpected_state"},
        {"DEADLINE", 504, "unexpected_state"},
        {"INTERNAL", 500, "unknown_error"},
    };
    for (const auto& [code, status, type] : table) {
        const auto answer = host.admin("POST", "/two", does(code));
        EXPECT_EQ(answer.status, status) << code;
        const auto body = answer.parsed();
        EXPECT_EQ(body.at("type"), type) << code;
        EXPECT_EQ(body.at("state"), "reverted") << code;
        EXPECT_TRUE(host.store->run(body.at("run_id"))) << code;
        const bool hidden = status == 500;
        EXPECT_EQ(body.at("message"),
                  hidden ? "An unknown error occurred." : "the step said " + code);
        EXPECT_EQ(body.contains("details"), !hidden) << code;
        // Without the token nothing of what is behind the host.
        const auto plain = host.send("POST", "/two", does(code)).parsed();
        EXPECT_EQ(plain.at("state"), "reverted") << code;
        EXPECT_EQ(plain.at("code"), body.at("code"));
        EXPECT_EQ(plain.dump().find("the step said") != std::string::npos, status < 500) << plain;
        EXPECT_EQ(plain.contains("details"), status < 500) << code;
    }
}

TEST(Runs, a_failed_undo_is_a_500_that_names_what_is_left) {
    const TestHost host;
    const auto answer = host.send("POST", "/two", R"({"do":"REJECTED","undo":"CHANGED"})");
    EXPECT_EQ(answer.status, 500);
    const auto body = answer.parsed();
    EXPECT_EQ(body.at("state"), "failed");
    EXPECT_EQ(body.at("unreverted"), json({"keep"}));
    EXPECT_EQ(body.at("type"), "not_allowed");
    EXPECT_EQ(body.at("message"), "the step said REJECTED");
    const auto again = host.send("GET", "/runs/" + body.at("run_id").get<std::string>());
    EXPECT_EQ(again.status, 500);
    EXPECT_EQ(again.parsed(), body);
}

TEST(Runs, a_paused_run_answers_at_once_what_it_waits_for) {
    const TestHost host;
    const auto answer = host.admin("POST", "/two", does("AUTH"));
    EXPECT_EQ(answer.status, 202);
    const auto body = answer.parsed();
    EXPECT_EQ(body.at("state"), "paused");
    EXPECT_EQ(body.at("waits_for"), "configuration: step act: AUTH, the step said AUTH");
    const auto plain = host.send("GET", "/runs/" + body.at("run_id").get<std::string>()).parsed();
    EXPECT_EQ(plain.at("waits_for"), "configuration") << "without the token";
}

TEST(Runs, one_that_takes_longer_is_a_202_with_its_location) {
    TestHost host;
    const auto accepted = host.send("POST", "/hasty", does("hang"));
    EXPECT_EQ(accepted.status, 202);
    const std::string id = accepted.parsed().at("run_id");
    EXPECT_EQ(accepted.parsed().at("state"), "invoking");
    EXPECT_EQ(accepted.headers.at("location"), "/runs/" + id);
    EXPECT_EQ(host.send("GET", "/runs/" + id).status, 202);
    host.steps.wait_until_hanging(1);
    host.steps.release();
    host.wait_for(id);
    const auto done = host.send("GET", "/runs/" + id);
    EXPECT_EQ(done.status, 200);
    EXPECT_EQ(done.parsed(), json::parse(R"({"done":{"do":"hang"}})"));
    EXPECT_EQ(host.send("GET", "/runs/nobody").status, 404);
}

TEST(Runs, prefer_says_how_long_to_wait) {
    const TestHost host;
    for (const auto* prefer : {"wait=0", "respond-async, wait=0", "Wait = \"0\"; x=y"}) {
        const auto answer = host.send("POST", "/two", does("hang"), {{"Prefer", prefer}});
        EXPECT_EQ(answer.status, 202) << prefer;
    }
    EXPECT_EQ(host.send("POST", "/hasty", does("ok"), {{"Prefer", "wait=20"}}).status, 200);
}

TEST(Runs, a_request_gets_its_answer_when_its_run_ends) {
    TestHost host;
    auto answer =
        std::async(std::launch::async, [&] { return host.send("POST", "/two", does("hang")); });
    host.steps.wait_until_hanging(1);
    host.steps.release();
    EXPECT_EQ(answer.get().status, 200);
}

TEST(Runs, the_same_key_gives_the_same_run) {
    TestHost host;
    const Headers key = {{"Idempotency-Key", "k-1"}};
    const auto first = host.send("POST", "/two", R"({"do":"ok","n":1})", key);
    const auto second = host.send("POST", "/two", R"( {"n":1, "do":"ok"} )", key);
    EXPECT_EQ(first.status, 200);
    EXPECT_EQ(second.status, 200);
    EXPECT_EQ(first.parsed(), second.parsed());
    EXPECT_EQ(host.store->count({}), 1);
    EXPECT_EQ(host.steps.calls(), 2);
    const auto other = host.send("POST", "/two", R"({"do":"ok","n":2})", key);
    EXPECT_EQ(other.status, 422);
    EXPECT_EQ(other.parsed().at("type"), "duplicate_error");
    EXPECT_EQ(host.send("POST", "/two", "{}", {{"Idempotency-Key", "a b"}}).status, 400);
}

TEST(Runs, the_same_key_at_once_is_one_run) {
    TestHost host;
    std::vector<std::future<Response>> answers;
    for (int i = 0; i < 8; ++i) {
        answers.push_back(std::async(std::launch::async, [&] {
            return host.send("POST", "/two", does("hang"), {{"Idempotency-Key", "k"}});
        }));
    }
    host.steps.wait_until_hanging(1);
    host.steps.release();
    for (auto& answer : answers) EXPECT_EQ(answer.get().status, 200);
    EXPECT_EQ(host.store->count({}), 1);
    EXPECT_EQ(host.steps.calls(), 2);
}

TEST(Runs, a_client_that_goes_away_cancels_nothing) {
    TestHost host;
    {
        Client client(host.port);
        ASSERT_TRUE(
            client.write("POST /two HTTP/1.1\r\nHost: localhost\r\n"
                         "Content-Type: application/json\r\nContent-Length: 13\r\n\r\n"
                         "{\"do\":\"hang\"}"));
        host.steps.wait_until_hanging(1);
    }
    const auto id = host.store->runs({}).at(0).id;
    host.steps.release();
    host.wait_for(id);
    EXPECT_EQ(host.send("GET", "/runs/" + id).status, 200);
}

TEST(Runs, more_than_the_host_takes_is_429) {
    TestHost host("secret", 1);
    EXPECT_EQ(host.send("POST", "/hasty", does("hang")).status, 202);
    const auto refused = host.send("POST", "/two", does("ok"));
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.headers.at("retry-after"), "1");
    EXPECT_EQ(refused.parsed().at("code"), "rate_limited");
}

}  // namespace gantry::host
