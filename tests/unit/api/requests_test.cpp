// What is refused before a run begins, and HTTP's own rules.
#include "test_host.hpp"

#include <sys/resource.h>

namespace gantry::host {
namespace {

constexpr std::size_t kTenMegabytes = 10 << 20;

}  // namespace

TEST(Requests, unknown_paths_are_404_and_wrong_methods_405_with_allow) {
    const TestHost host;
    const auto missing = host.send("GET", "/nowhere");
    EXPECT_EQ(missing.status, 404);
    EXPECT_EQ(missing.parsed().at("type"), "not_found");
    const auto wrong = host.send("DELETE", "/things/1/do");
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(wrong.headers.at("allow"), "POST");
    EXPECT_EQ(host.send("POST", "/health/live").headers.at("allow"), "GET, HEAD");
}

TEST(Requests, a_body_over_one_megabyte_is_413_and_the_connection_goes_on) {
    const TestHost host;
    Client client(host.port);
    const auto refused = client.send("POST", "/two", std::string(kTenMegabytes, ' '));
    EXPECT_EQ(refused.status, 413);
    EXPECT_EQ(refused.parsed().at("code"), "too_large");
    EXPECT_EQ(client.send("GET", "/health/live").status, 200);
    const std::string padding((1 << 20) - 11, ' ');
    EXPECT_EQ(client.send("POST", "/two", "{\"do\":\"ok\"}" + padding).status, 200);
    EXPECT_EQ(client.send("POST", "/two", "{\"do\":\"ok\"}" + padding + " ").status, 413);
}

TEST(Requests, a_chunked_body_over_one_megabyte_is_413_and_the_connection_goes_on) {
    const TestHost host;
    Client client(host.port);
    ASSERT_TRUE(
        client.write("POST /two HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (std::size_t sent = 0; sent < kTenMegabytes; sent += 0x10000) {
        ASSERT_TRUE(client.write("10000\r\n" + std::string(0x10000, ' ') + "\r\n"));
    }
    ASSERT_TRUE(client.write("0\r\n\r\n"));
    EXPECT_EQ(client.read().status, 413);
    EXPECT_EQ(client.send("GET", "/health/live").status, 200);
}

TEST(Requests, a_body_must_be_a_json_object) {
    const TestHost host;
    for (const std::string& bad :
         {std::string("{"), std::string("{\"a\":\"\xff\"}"), std::string(10'000, '['),
          std::string("{} {}"), std::string("{'a':1}"), std::string(" ")}) {
        const auto refused = host.send("POST", "/two", bad);
        EXPECT_EQ(refused.status, 400) << bad.substr(0, 20);
        EXPECT_EQ(refused.parsed().at("type"), "invalid_data");
        EXPECT_NE(refused.parsed().at("message").get<std::string>().find("byte"), std::string::npos)
            << refused.body;
    }
    for (const auto* bad : {"[]", "5", "null", "\"x\""}) {
        EXPECT_EQ(host.send("POST", "/two", bad).status, 400) << bad;
    }
    EXPECT_EQ(host.store->count({}), 0);
    EXPECT_EQ(host.send("POST", "/two").status, 200);  // empty counts as {}
}

TEST(Requests, bad_escapes_in_the_url_are_400) {
    const TestHost host;
    for (const auto* bad : {"/runs/%zz", "/runs/%C3%28", "/runs/x?a=%"}) {
        EXPECT_EQ(host.send("GET", bad).status, 400) << bad;
    }
}

TEST(Requests, a_field_of_the_body_named_like_a_parameter_must_equal_it) {
    const TestHost host;
    const auto refused = host.send("POST", "/things/a/do", R"({"id":"b"})");
    EXPECT_EQ(refused.status, 400);
    const auto message = refused.parsed().at("message").get<std::string>();
    EXPECT_NE(message.find("\"id\""), std::string::npos) << message;
    EXPECT_NE(message.find("\"a\""), std::string::npos) << message;
    EXPECT_NE(message.find('b'), std::string::npos) << message;
    EXPECT_EQ(host.send("POST", "/things/5/do", R"({"id":5})").status, 400);
    EXPECT_EQ(host.send("POST", "/things/a/do", R"({"id":"b","id":"a"})").status, 200);
    const auto same = host.send("POST", "/things/a%20b/do", R"( {"id":"a b","do":"ok"} )");
    EXPECT_EQ(same.parsed(), json::parse(R"({"done":{"id":"a b","do":"ok"}})"));
    const auto without = host.send("POST", "/things/a%22/do");
    EXPECT_EQ(without.parsed(), json::parse(R"({"done":{"id":"a\""}})"));
}

TEST(Requests, numbers_of_the_body_reach_the_result_as_they_were_written) {
    const TestHost host;
    const auto done =
        host.send("POST", "/things/a/do", R"({"n":123456789012345678901234567890,"p":1.10})");
    EXPECT_EQ(done.status, 200);
    EXPECT_NE(done.body.find("123456789012345678901234567890"), std::string::npos) << done.body;
    EXPECT_NE(done.body.find("1.10"), std::string::npos) << done.body;
}

TEST(Requests, a_route_may_say_what_its_input_is) {
    const TestHost host;
    EXPECT_EQ(host.send("POST", "/shaped/x", R"({"do":"REJECTED"})").parsed(),
              json::parse(R"({"done":{"do":"ok","of":"x"}})"));
}

TEST(Requests, an_input_that_does_not_fit_the_workflow_is_400) {
    const TestHost host;
    const auto refused = host.send("POST", "/strict", "{}");
    EXPECT_EQ(refused.status, 400);
    EXPECT_NE(refused.body.find("name"), std::string::npos);
    EXPECT_EQ(host.send("POST", "/strict", R"({"name":"x"})").status, 200);
}

TEST(Requests, head_has_the_headers_of_get_and_no_body) {
    const TestHost host;
    Client client(host.port);
    const auto head = client.send("HEAD", "/health/live");
    EXPECT_EQ(head.status, 200);
    const auto get = client.send("GET", "/health/live");
    EXPECT_EQ(head.headers.at("content-length"), get.headers.at("content-length"));
    EXPECT_EQ(get.headers.at("content-type"), "application/json");
    EXPECT_EQ(get.headers.at("content-length"), std::to_string(get.body.size()));
    EXPECT_EQ(client.send("HEAD", "/things/1/look").status, 405);  // it would start a run
}

TEST(Requests, a_connection_that_shall_close_or_upgrade_is_answered_first) {
    const TestHost host;
    Client closing(host.port);
    EXPECT_EQ(closing.send("GET", "/health/live", "", {{"Connection", "close"}}).status, 200);
    EXPECT_TRUE(closing.is_closed());
    Client upgrading(host.port);
    const auto answer =
        upgrading.send("GET", "/health/live", "", {{"Connection", "Upgrade"}, {"Upgrade", "h2c"}});
    EXPECT_EQ(answer.status, 200);
}

TEST(Requests, connections_beyond_the_limit_are_turned_away_until_others_end) {
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit few = before;
    few.rlim_cur = 256;  // half of them are for connections
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    const TestHost host;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 128; ++i) {
        clients.push_back(std::make_unique<Client>(host.port));
        ASSERT_EQ(clients.back()->send("GET", "/health/live").status, 200);
    }
    Client beyond(host.port);
    EXPECT_EQ(beyond.send("GET", "/health/live").status, 0);
    const Headers closing = {{"Connection", "close"}};
    EXPECT_EQ(clients[0]->send("GET", "/health/live", "", closing).status, 200);
    EXPECT_TRUE(clients[0]->is_closed());
    Client after(host.port);
    EXPECT_EQ(after.send("GET", "/health/live").status, 200);
}

TEST(Requests, pipelined_requests_are_answered_in_their_order) {
    const TestHost host;
    Client client(host.port);
    ASSERT_TRUE(
        client.write("GET /health/live HTTP/1.1\r\nHost: t\r\n\r\n"
                     "GET /nowhere HTTP/1.1\r\nHost: t\r\n\r\n"));
    EXPECT_EQ(client.read().status, 200);
    EXPECT_EQ(client.read().status, 404);
}

}  // namespace gantry::host
