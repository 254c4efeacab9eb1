// Who may come in.
#include "api/doors.hpp"
#include "api/wrong_tokens.hpp"
#include "test_host.hpp"

namespace gantry::host {
namespace {

constexpr auto kOk = R"({"do":"ok"})";

}  // namespace

TEST(Doors, a_page_of_another_site_may_not_write_through_a_route) {
    const TestHost host;
    const auto post = [&](const Headers& headers) {
        return host.send("POST", "/two", kOk, headers).status;
    };
    EXPECT_EQ(post({{"Sec-Fetch-Site", "cross-site"}}), 403);
    EXPECT_EQ(post({{"Sec-Fetch-Site", "same-site"}}), 403);
    EXPECT_EQ(post({{"Origin", "https://evil.example"}}), 403);
    EXPECT_EQ(post({{"Origin", "null"}}), 403);
    EXPECT_EQ(post({{"Origin", "http://localhost.evil.example"}}), 403);
    EXPECT_EQ(host.send("GET", "/things/1/look", "", {{"Sec-Fetch-Site", "cross-site"}}).status,
              403)
        << "it starts a run";
    EXPECT_EQ(host.send("GET", "/things/1/look", "", {{"Referer", "http://evil.example/a"}}).status,
              403)
        << "over plain HTTP a browser says no more";
    EXPECT_EQ(host.store->count({}), 0);
    EXPECT_EQ(host.send("GET", "/things/1/look", "", {{"Referer", "http://localhost/a"}}).status,
              200)
        << "its own page";
    EXPECT_EQ(post({{"Sec-Fetch-Site", "same-origin"}, {"Origin", "https://shop.example"}}), 200);
    EXPECT_EQ(post({{"Sec-Fetch-Site", "none"}}), 200);
    EXPECT_EQ(post({{"Origin", "http://localhost"}}), 200);
    EXPECT_EQ(host.send("GET", "/health/live", "", {{"Sec-Fetch-Site", "cross-site"}}).status, 200);
}

TEST(Doors, nor_where_admin_is_open) {
    TestHost host(std::nullopt);
    const auto run = [&](const Headers& headers) {
        return host.send("POST", kRuns + "/two/run", R"({"input":{"do":"ok"}})", headers).status;
    };
    EXPECT_EQ(run({{"Sec-Fetch-Site", "cross-site"}}), 403);
    EXPECT_EQ(run({{"Host", "rebound.evil.example"}}), 421);
    EXPECT_EQ(host.store->count({}), 0);
    EXPECT_EQ(run({}), 200);
}

TEST(Doors, a_body_that_is_not_said_to_be_json_is_415) {
    const TestHost host;
    for (const char* type : {"text/plain", "application/x-www-form-urlencoded", ""}) {
        const auto refused = host.send("POST", "/two", kOk, {{"Content-Type", type}});
        EXPECT_EQ(refused.status, 415) << type;
        EXPECT_NE(refused.body.find("application/json"), std::string::npos) << refused.body;
    }
    EXPECT_EQ(host.store->count({}), 0);
    const Headers json_in_utf8 = {{"Content-Type", "Application/JSON; charset=utf-8"}};
    EXPECT_EQ(host.send("POST", "/two", kOk, json_in_utf8).status, 200);
}

TEST(Doors, a_name_that_is_not_the_hosts_is_421) {
    TestHost host;
    const auto asked = [&](const std::string& name) {
        return host.send("GET", "/health/live", "", {{"Host", name}}).status;
    };
    EXPECT_EQ(asked("rebound.evil.example"), 421);
    EXPECT_EQ(asked("127.0.0.1.evil.example"), 421);
    EXPECT_EQ(asked("shop.example"), 421);
    EXPECT_EQ(asked("0.0.0.0:9000"), 421);
    for (const char* any : {"[::]:9000", "[::0]", "[0:0:0:0:0:0:0:0]", "[::0.0.0.0]",
                            "[::ffff:0:0]", "[::ffff:0.0.0.0]"}) {
        EXPECT_EQ(asked(any), 421) << any;
    }
    for (const char* own : {"localhost", "LocalHost:9000", "127.0.0.1:9000", "[::1]:9000"}) {
        EXPECT_EQ(asked(own), 200) << own;
    }
    for (const char* none : {"localhost:x@evil", "user@localhost", "localhost/x", "localhost:9x",
                             "[::1", "[::1]x", "[localhost]", "local host", "::1", "a:1:2"}) {
        EXPECT_EQ(asked(none), 400) << none;
    }
    host.config.http.names = {"shop.example"};
    const Server second(host.parts(), host.config, "secret");
    host.port = std::stoi(second.address().substr(second.address().rfind(':') + 1));
    EXPECT_EQ(asked("Shop.Example.:443"), 200);
    EXPECT_EQ(asked("shop.example.evil"), 421);
}

TEST(Doors, wrong_tokens_are_limited_and_the_right_one_goes_in) {
    const TestHost host;
    const auto with = [&](const std::string& token) {
        return host.send("GET", kRuns, "", {{"Authorization", "Bearer " + token}});
    };
    for (int i = 0; i < WrongTokens::kMost; ++i) EXPECT_EQ(with("guess").status, 401) << i;
    const auto refused = with("guess");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.headers.at("retry-after"), "60");
    EXPECT_EQ(with("secret").status, 200);
    EXPECT_EQ(host.send("GET", kRuns).status, 401) << "without one nothing was tried";
}

TEST(Doors, admin_and_metrics_are_served_at_their_own_listener_alone) {
    TestHost host;
    host.config.http.admin_listen = ListenConfig{"127.0.0.1", 0};
    const Server second(host.parts(), host.config, "secret");
    const auto port_of = [](const std::string& address) {
        return std::stoi(address.substr(address.rfind(':') + 1));
    };
    ASSERT_NE(second.address(), second.admin_address());
    host.port = port_of(second.address());
    EXPECT_EQ(host.admin("GET", kRuns).status, 404);
    EXPECT_EQ(host.send("GET", "/metrics").status, 404);
    EXPECT_EQ(host.send("GET", "/%6detrics").status, 404);
    EXPECT_EQ(host.send("GET", "/health/live").status, 200);
    EXPECT_EQ(host.send("POST", "/two", kOk).status, 200);
    host.port = port_of(second.admin_address());
    EXPECT_EQ(host.admin("GET", kRuns).status, 200);
    EXPECT_EQ(host.send("GET", kRuns).status, 401);
    EXPECT_EQ(host.send("GET", "/metrics").status, 200);
    EXPECT_EQ(host.send("GET", "/health/ready").status, 200);
}

TEST(Doors, a_wrong_token_counts_also_where_none_is_asked_for) {
    const TestHost host;
    const auto ready = [&](const std::string& token) {
        return host.send("GET", "/health/ready", "", {{"Authorization", "Bearer " + token}});
    };
    for (int i = 0; i < WrongTokens::kMost; ++i) {
        EXPECT_FALSE(ready("guess").parsed().contains("not_ready"));
    }
    EXPECT_EQ(host.send("GET", kRuns, "", {{"Authorization", "Bearer guess"}}).status, 429);
    EXPECT_TRUE(ready("secret").parsed().contains("not_ready")) << "the right one is let in";
}

TEST(WrongTokens, are_counted_for_a_minute_and_for_so_many_addresses) {
    WrongTokens tokens;
    WrongTokens::Clock::time_point now{};
    EXPECT_EQ(tokens.count("a", now), 1);
    EXPECT_EQ(tokens.count("a", now), 2);
    EXPECT_EQ(tokens.count("b", now), 1);
    EXPECT_EQ(tokens.count("a", now + WrongTokens::kWithin), 1);
    now += WrongTokens::kWithin;
    for (std::size_t i = 0; i < WrongTokens::kAddresses; ++i) {
        now += std::chrono::milliseconds(1);
        EXPECT_EQ(tokens.count(std::to_string(i), now), 1);
    }
    EXPECT_EQ(tokens.count("a", now), 1) << "the longest known is forgotten";
    EXPECT_EQ(tokens.count(std::to_string(WrongTokens::kAddresses - 1), now), 2);
}

TEST(WrongTokens, of_many_addresses_leave_a_hundred_lines_a_minute) {
    testing::internal::CaptureStderr();
    {
        Log log(LogFormat::kJson);
        Doors doors({}, "secret", log);
        for (int i = 0; i < 2 * WrongTokens::kMostLines; ++i) {
            Request request;
            request.peer = "192.0.2." + std::to_string(i);
            request.authorization = "Bearer guess";
            EXPECT_EQ(doors.no_token(request).value_or(Answer{}).status, 401) << i;
        }
    }
    const auto told = testing::internal::GetCapturedStderr();
    EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), WrongTokens::kMostLines);
    EXPECT_NE(told.find("192.0.2.98\""), std::string::npos);
    EXPECT_NE(told.find("from many addresses"), std::string::npos) << told;
}

}  // namespace gantry::host
