// The scripted HTTP, through the C table of gantry/http.h.
#include "sdk/bad_plugins.hpp"

#include <gtest/gtest.h>

namespace gantry::test {
namespace {

using gantry::testing::Host;
using gantry::testing::Plugin;
using namespace std::chrono_literals;

/// Sends one request and gives what came back.
struct Asker {
    struct Got {
        std::uint32_t status = 0;
        json headers{};
        std::string body{};
        std::optional<Error> error{};
    };

    static Got send(const gantry_host& host, gantry_call call, gantry_http_request request) {
        request.struct_size = sizeof request;
        const auto* http =
            static_cast<const gantry_http*>(host.get_extension(&host, GANTRY_HTTP_1));
        Got got;
        http->send(
            &host, call, &request,
            [](void* user, const gantry_http_response* response, const gantry_error* e) noexcept {
                auto& out = *static_cast<Got*>(user);
                if (e != nullptr) {
                    out.error = error_from(*e);
                    return;
                }
                out.status = response->status;
                out.headers = json::parse(view(response->headers));
                out.body = view(response->body);
            },
            &got);
        return got;
    }
};

const std::string kItem = "https://acme.example/items/1";

gantry_http_request ask(const char* method, std::string_view url = kItem) {
    gantry_http_request request{};
    request.method = str(method);
    request.url = str(url);
    return request;
}

struct Http : ::testing::Test {
    using Got = Asker::Got;

    /// Sends them within one attempt of a step.
    std::vector<Got> send(std::vector<gantry_http_request> requests) {
        std::vector<Got> got;
        Raw::does = [&](const gantry_host& own, gantry_call call) {
            for (const auto& request : requests) got.push_back(Asker::send(own, call, request));
            Raw::answer(own, call, "null");
        };
        end = plugin.invoke("raw", json::object());
        return got;
    }
    testing::ScriptedHttp& http() { return host.http(); }

    Host host;
    const gantry_plugin table = Raw::table();
    Plugin plugin{host, {{"url", "https://acme.example/api"}}, table};
    testing::End end;
};

TEST_F(Http, an_answer_arrives_with_status_headers_and_body) {
    http().on("GET", kItem).answers(404, {{"why", "gone"}}, {{"ETag", "\"7\""}});
    const auto got = send({ask("GET")}).at(0);
    EXPECT_EQ(got.status, 404U);
    EXPECT_EQ(got.headers.at("etag"), "\"7\"");
    EXPECT_EQ(got.headers.at("content-type"), "application/json");
    EXPECT_EQ(got.body, R"({"why":"gone"})");
}

TEST_F(Http, writes_carry_a_key_and_reads_none) {
    for (const char* method : {"GET", "POST", "PUT"}) http().on(method, kItem).status(200);
    auto query = ask("POST");
    query.flags = GANTRY_HTTP_READS;
    auto named = ask("PUT");
    named.key = str("line-7");
    send({ask("GET"), ask("POST"), query, ask("POST"), named});
    std::vector<std::string> keys;
    for (const auto& request : http().requests()) keys.push_back(request.header("Idempotency-Key"));
    EXPECT_EQ(keys, (std::vector<std::string>{"", "run-1/raw/http#1", "", "run-1/raw/http#2",
                                              "run-1/raw/line-7"}));
}

TEST_F(Http, a_lost_reply_may_have_been_applied_and_one_that_was_not_sent_was_not) {
    for (const char* method : {"GET", "PUT"}) {
        http().on(method, kItem).loses_reply().unreachable();
    }
    const auto got = send({ask("GET"), ask("PUT"), ask("GET"), ask("PUT")});
    std::vector<std::uint32_t> flags;
    for (const auto& one : got) {
        EXPECT_EQ(one.error->code(), GANTRY_E_UNAVAILABLE);
        flags.push_back(one.error->flags());
    }
    EXPECT_EQ(flags, (std::vector<std::uint32_t>{GANTRY_EF_NOT_APPLIED, GANTRY_EF_MAYBE_APPLIED,
                                                 GANTRY_EF_NOT_APPLIED, GANTRY_EF_NOT_APPLIED}));
    EXPECT_EQ(http().requests().size(), 2U);
}

TEST_F(Http, an_answered_write_is_a_write_unless_its_status_refuses) {
    http().on("PUT", kItem).unreachable().status(422).status(500);
    Raw::does = [](const gantry_host& own, gantry_call call) {
        Asker::send(own, call, ask("PUT"));
        const gantry_error error{
            sizeof error, GANTRY_E_REJECTED, GANTRY_EF_NOT_APPLIED, 0, str("no"), {}};
        const gantry_result result{sizeof result, 0, {}, {}, &error};
        own.complete(&own, call, &result);
    };
    for (const auto flags : {GANTRY_EF_NOT_APPLIED, GANTRY_EF_NOT_APPLIED, 0U}) {
        EXPECT_EQ(plugin.invoke("raw", json::object()).error->flags(), flags);
    }
}

TEST_F(Http, a_stalled_request_takes_its_own_time_else_that_of_the_call) {
    http().on("PUT", kItem).stalls();
    auto brief = ask("PUT");
    brief.timeout_ms = 2'000;
    EXPECT_EQ(send({brief}).at(0).error->code(), GANTRY_E_DEADLINE);
    EXPECT_EQ(host.clock().now(), 2s);
    EXPECT_FALSE(end.error) << "the call had time left";
    const auto got = send({ask("PUT"), ask("PUT")});
    EXPECT_EQ(got.at(0).error->flags(), GANTRY_EF_MAYBE_APPLIED);
    EXPECT_EQ(got.at(1).error->code(), GANTRY_E_DEADLINE);
    EXPECT_FALSE(end.error) << "it could still report";
}

TEST_F(Http, what_http_h_forbids_is_refused_and_not_sent) {
    http().on("GET", "*").status(200);
    auto bad_headers = ask("GET");
    bad_headers.headers = str(R"({"Accept": 1})");
    const auto got = send({ask("GET", "/items/1"), ask("GET", "ftp://acme.example/"),
                           ask("GET", "https://me:pw@acme.example/"),
                           ask("GET", "https://other.example/"), bad_headers});
    const std::vector<gantry_status> expected{GANTRY_E_MISUSE, GANTRY_E_MISUSE, GANTRY_E_MISUSE,
                                              GANTRY_E_CONFIG, GANTRY_E_MISUSE};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(got[i].error->code(), expected[i]) << i;
        EXPECT_EQ(got[i].error->flags(), GANTRY_EF_NOT_APPLIED) << i;
    }
    EXPECT_TRUE(http().requests().empty());
}

TEST_F(Http, a_cancelled_call_sends_nothing) {
    http().on("GET", kItem).status(200);
    Raw::does = [&](const gantry_host& own, gantry_call call) {
        plugin.cancel();
        EXPECT_EQ(Asker::send(own, call, ask("GET")).error->code(), GANTRY_E_CANCELLED);
        Raw::answer(own, call, "null");
    };
    plugin.invoke("raw", json::object());
    EXPECT_TRUE(http().requests().empty());
}

TEST_F(Http, a_request_without_a_script_is_the_tests_error) {
    http().on("GET", kItem).status(200);
    EXPECT_THROW(send({ask("DELETE")}), std::logic_error);
}

}  // namespace
}  // namespace gantry::test
