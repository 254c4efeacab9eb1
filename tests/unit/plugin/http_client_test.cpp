// The HTTP client against a server that answers, or fails, as it is told.
#include "plugin/http_client.hpp"

#include "support/certificate.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <zlib.h>

#include <atomic>

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::answer;
using test::Reaction;
using test::ScriptedServer;
using test::ServedRequest;

constexpr std::chrono::seconds kLongest{60};

HttpRequest request_to(const std::string& url, const std::string& method = "GET") {
    HttpRequest request;
    request.method = method;
    request.url = parse_http_url(url);
    request.once = method != "GET";
    request.deadline = steady_clock::now() + kLongest;
    request.proxy = "";  // whatever this machine's environment says
    return request;
}

/// The error of a request that must fail.
Error failure(HttpClient& client, const HttpRequest& request) {
    try {
        const auto got = client.send(request);
        return {GANTRY_OK, "an answer came: " + std::to_string(got.status)};
    } catch (const Error& e) {
        return e;
    }
}

ScriptedServer::Script always(const Reaction& reaction) {
    return [reaction](const ServedRequest&, int) { return reaction; };
}

std::string gzipped(std::string text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(text.size(), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(text.data());
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

TEST(HttpClient, an_answer_has_status_headers_in_lower_case_and_body) {
    ScriptedServer server(
        always(answer(404, "nothing", "X-Part: a\r\nx-part:  b \r\nEmpty:\r\nETag: \"1\"\r\n")));
    HttpClient client;
    const auto got = client.send(request_to(server.url("/a%2Fb/../c?q=%20")));
    EXPECT_EQ(got.status, 404U);
    EXPECT_EQ(got.headers.at("x-part"), "a, b");
    EXPECT_EQ(got.headers.at("empty"), "");
    EXPECT_EQ(got.headers.at("etag"), "\"1\"");
    EXPECT_EQ(got.body, "nothing");
    EXPECT_EQ(server.requests()[0].target, "/a%2Fb/../c?q=%20") << "the path goes out as it is";
}

TEST(HttpClient, the_headers_of_an_interim_answer_are_not_those_of_the_answer) {
    auto reaction = answer(200, "yes", "Mine: 1\r\n");
    reaction.bytes = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + reaction.bytes;
    ScriptedServer server(always(reaction));
    HttpClient client;
    const auto got = client.send(request_to(server.url()));
    EXPECT_EQ(got.status, 200U);
    EXPECT_FALSE(got.headers.contains("link"));
    EXPECT_EQ(got.headers.at("mine"), "1");
}

TEST(HttpClient, every_method_sends_its_body_and_only_the_headers_that_were_given) {
    ScriptedServer server(always(answer(200)));
    HttpClient client;
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "MERGE", "GET"}) {
        auto request = request_to(server.url(), method);
        request.body = "text";
        request.headers = {{"X-One", "1"}, {"X-None", ""}};
        client.send(request);
        const auto served = server.requests().back();
        EXPECT_EQ(served.method, method);
        EXPECT_EQ(served.body, "text") << method;
        EXPECT_EQ(served.header("x-one"), "1");
        EXPECT_TRUE(served.headers.contains("x-none"));
        EXPECT_EQ(served.header("content-type"), "") << "libcurl's own would be a form's";
        EXPECT_EQ(served.header("user-agent").substr(0, 7), "gantry/");
    }
    client.send(request_to(server.url(), "POST"));
    EXPECT_EQ(server.requests().back().header("content-length"), "0");
    client.send(request_to(server.url(), "DELETE"));
    EXPECT_EQ(server.requests().back().header("content-length"), "");
}

TEST(HttpClient, a_large_body_is_sent_without_asking_first) {
    ScriptedServer server(always(answer(200)));
    HttpClient client;
    const std::string body(std::size_t{4} << 20, 'x');
    auto request = request_to(server.url(), "POST");
    request.body = body;
    client.send(request);
    EXPECT_EQ(server.requests()[0].body.size(), body.size());
    EXPECT_EQ(server.requests()[0].header("expect"), "");
}

TEST(HttpClient, a_head_has_no_body_to_wait_for) {
    ScriptedServer server(always({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}));
    HttpClient client;
    auto request = request_to(server.url(), "HEAD");
    EXPECT_EQ(client.send(request).headers.at("content-length"), "5");
    EXPECT_EQ(client.send(request).status, 200U);
    EXPECT_EQ(server.requests()[1].connection, 1);
}

TEST(HttpClient, a_connection_is_used_again) {
    ScriptedServer server(always(answer(200, "x")));
    HttpClient client;
    for (int i = 0; i < 5; ++i) client.send(request_to(server.url(), i % 2 == 0 ? "GET" : "PUT"));
    for (const auto& request : server.requests()) EXPECT_EQ(request.connection, 1);
}

TEST(HttpClient, requests_at_the_same_time_have_a_connection_each_and_the_next_uses_one_of_them) {
    std::atomic<int> inside{0};
    ScriptedServer server([&](const ServedRequest&, int number) {
        if (number > 3) return answer(200);
        ++inside;
        while (inside < 3) std::this_thread::yield();
        return answer(200);
    });
    HttpClient client;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] { client.send(request_to(server.url())); });
    for (auto& thread : threads) thread.join();
    client.send(request_to(server.url()));
    EXPECT_LE(server.requests()[3].connection, 3);
}

TEST(HttpClient, another_proxy_or_other_certificates_use_another_connection) {
    ScriptedServer server(always(answer(200)));
    HttpClient client;
    client.send(request_to(server.url()));
    auto other = request_to(server.url());
    other.ca_file = "/other.pem";
    client.send(other);
    EXPECT_EQ(server.requests()[1].connection, 2);
}

TEST(HttpClient, a_connection_that_the_server_ended_meanwhile_is_not_used) {
    auto last = answer(200);
    last.then = Reaction::Then::kClose;
    ScriptedServer server(always(last));
    HttpClient client;
    for (std::size_t i = 1; i <= 3; ++i) {
        EXPECT_EQ(client.send(request_to(server.url(), "POST")).status, 200U);
        ASSERT_TRUE(server.wait_for_ended(i));
    }
    EXPECT_EQ(server.requests().size(), 3U);
}

TEST(HttpClient, a_write_goes_out_once_when_the_connection_it_was_sent_on_dies) {
    for (const auto& death : {test::drop(), test::reset()}) {
        ScriptedServer server(
            [&](const ServedRequest&, int number) { return number == 1 ? answer(200) : death; });
        HttpClient client;
        client.send(request_to(server.url(), "POST"));
        const auto error = failure(client, request_to(server.url(), "POST"));
        EXPECT_EQ(error.code(), GANTRY_E_UNAVAILABLE) << error.message();
        EXPECT_EQ(error.flags(), GANTRY_EF_MAYBE_APPLIED) << error.message();
        ASSERT_EQ(server.requests().size(), 2U) << "the one write was sent again";
        EXPECT_EQ(server.requests()[1].connection, 1) << "it was to be a used connection";
    }
}

TEST(HttpClient, a_read_is_sent_again_on_another_connection) {
    ScriptedServer server(
        [&](const ServedRequest&, int number) { return number == 2 ? test::drop() : answer(200); });
    HttpClient client;
    client.send(request_to(server.url()));
    EXPECT_EQ(client.send(request_to(server.url())).status, 200U);
    EXPECT_EQ(server.requests().size(), 3U);
}

TEST(HttpClient, a_reply_that_does_not_come_whole_is_lost) {
    for (const auto& death : {test::drop(), test::reset(), test::truncated()}) {
        ScriptedServer server(always(death));
        HttpClient client;
        const auto write = failure(client, request_to(server.url(), "PUT"));
        EXPECT_EQ(write.code(), GANTRY_E_UNAVAILABLE);
        EXPECT_EQ(write.flags(), GANTRY_EF_MAYBE_APPLIED);
        EXPECT_NE(write.message().find("PUT http://127.0.0.1:"), std::string::npos)
            << write.message();
        EXPECT_EQ(server.requests().size(), 1U);
        const auto read = failure(client, request_to(server.url()));
        EXPECT_EQ(read.code(), GANTRY_E_UNAVAILABLE);
        EXPECT_EQ(read.flags(), GANTRY_EF_NOT_APPLIED);
    }
}

TEST(HttpClient, where_nobody_listens_nothing_was_sent) {
    int port = 0;
    { port = ScriptedServer(always(answer(200))).port(); }
    HttpClient client;
    const auto error =
        failure(client, request_to("http://127.0.0.1:" + std::to_string(port), "POST"));
    EXPECT_EQ(error.code(), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(error.flags(), GANTRY_EF_NOT_APPLIED);
}

TEST(HttpClient, a_request_ends_at_its_deadline) {
    ScriptedServer server(always(test::stall()));
    HttpClient client;
    auto request = request_to(server.url(), "POST");
    request.deadline = steady_clock::now() + milliseconds(1000);
    const auto error = failure(client, request);
    EXPECT_EQ(error.code(), GANTRY_E_DEADLINE);
    EXPECT_EQ(error.flags(), GANTRY_EF_MAYBE_APPLIED);
    EXPECT_GE(steady_clock::now(), request.deadline);
    EXPECT_LT(steady_clock::now(), request.deadline + std::chrono::seconds(10));
}

TEST(HttpClient, after_its_deadline_nothing_is_sent) {
    ScriptedServer server(always(answer(200)));
    HttpClient client;
    auto request = request_to(server.url(), "POST");
    request.deadline = steady_clock::now();
    const auto error = failure(client, request);
    EXPECT_EQ(error.code(), GANTRY_E_DEADLINE);
    EXPECT_EQ(error.flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_TRUE(server.requests().empty());
}

TEST(HttpClient, a_request_ends_within_a_second_of_being_told_to_stop) {
    ScriptedServer server(always(test::stall()));
    HttpClient client;
    std::atomic<bool> stopped{false};
    steady_clock::time_point told;
    auto request = request_to(server.url(), "POST");
    request.stopped = [&] { return stopped.load(); };
    std::thread stopper([&] {
        EXPECT_TRUE(server.wait_for_requests(1));
        told = steady_clock::now();
        stopped = true;
    });
    const auto error = failure(client, request);
    stopper.join();
    EXPECT_LT(steady_clock::now() - told, std::chrono::seconds(5)) << "slack for a busy machine";
    EXPECT_EQ(error.code(), GANTRY_E_CANCELLED);
    EXPECT_EQ(error.flags(), GANTRY_EF_MAYBE_APPLIED);
}

TEST(HttpClient, a_redirect_is_an_answer) {
    ScriptedServer other(always(answer(200)));
    ScriptedServer server(always(answer(302, "", "Location: " + other.url() + "\r\n")));
    HttpClient client;
    const auto got = client.send(request_to(server.url()));
    EXPECT_EQ(got.status, 302U);
    EXPECT_EQ(got.headers.at("location"), other.url());
    EXPECT_TRUE(other.requests().empty());
}

TEST(HttpClient, an_answer_over_the_limit_is_refused) {
    const std::string most(kHttpBody - 1024, 'x');  // beside its headers
    ScriptedServer server([&](const ServedRequest&, int number) {
        return answer(200, number == 1 ? most : most + most);
    });
    HttpClient client;
    EXPECT_EQ(client.send(request_to(server.url())).body.size(), most.size());
    const auto error = failure(client, request_to(server.url(), "POST"));
    EXPECT_EQ(error.code(), GANTRY_E_TOO_LARGE);
    EXPECT_EQ(error.flags(), GANTRY_EF_MAYBE_APPLIED);
}

TEST(HttpClient, the_limit_holds_for_what_an_answer_decodes_to) {
    const std::string zeros(std::size_t{32} << 20, '\0');
    const auto packed = gzipped(zeros);
    ASSERT_LT(packed.size(), std::size_t{1} << 20);
    ScriptedServer server(always(answer(200, packed, "Content-Encoding: gzip\r\n")));
    HttpClient client;
    EXPECT_EQ(failure(client, request_to(server.url())).code(), GANTRY_E_TOO_LARGE);
}

TEST(HttpClient, a_certificate_that_nobody_trusts_is_a_matter_of_configuration) {
    const test::TempDir folder;
    const test::Certificate certificate(folder / "ca.pem");
    ScriptedServer server(always(answer(200, "secure")), certificate.server());
    HttpClient client;
    const auto error = failure(client, request_to(server.url(), "POST"));
    EXPECT_EQ(error.code(), GANTRY_E_CONFIG) << error.message();
    EXPECT_EQ(error.flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_TRUE(server.requests().empty());

    auto trusting = request_to(server.url(), "POST");
    trusting.ca_file = (folder / "ca.pem").string();
    EXPECT_EQ(client.send(trusting).body, "secure");

    trusting.url = parse_http_url("https://localhost:" + std::to_string(server.port()));
    EXPECT_EQ(failure(client, trusting).code(), GANTRY_E_CONFIG) << "another name than it proves";
    trusting.ca_file = (folder / "none.pem").string();
    EXPECT_EQ(failure(client, trusting).code(), GANTRY_E_CONFIG);
}

TEST(HttpClient, a_proxy_is_asked_in_the_place_of_the_host) {
    ScriptedServer proxy(always(answer(200, "from the proxy")));
    HttpClient client;
    auto request = request_to("http://acme.example/products");
    request.proxy = proxy.url("");
    EXPECT_EQ(client.send(request).body, "from the proxy");
    EXPECT_EQ(proxy.requests()[0].target, "http://acme.example/products");

    request.url = parse_http_url("https://acme.example/");
    request.once = true;
    const auto error = failure(client, request);
    EXPECT_EQ(proxy.requests().back().method, "CONNECT");
    EXPECT_EQ(error.code(), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(error.flags(), GANTRY_EF_NOT_APPLIED) << error.message();
}

TEST(HttpUrl, tells_who_is_asked) {
    EXPECT_EQ(parse_http_url("HTTPS://API.Example:8443/a?b#c").origin, "https://api.example:8443");
    EXPECT_EQ(parse_http_url("https://API.Example").host, "api.example");
    EXPECT_EQ(parse_http_url("http://[::1]:80/").host, "[::1]");
    EXPECT_EQ(parse_http_url("http://a.example").text, "http://a.example/");
}

TEST(HttpUrl, what_is_no_plain_http_url_is_refused_without_being_shown) {
    for (const char* text :
         {"", "api.example", "/products", "ftp://api.example", "file:///etc/passwd", "http://",
          "https://user:s3cret@api.example", "https://user@api.example", "http://a b.example",
          "http://api.example/s3cret here", "http://api.example/\xc3\xa4", "http://a\r\nHost: b",
          "http://api.example:s3cret"}) {
        try {
            parse_http_url(text);
            ADD_FAILURE() << text;
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), GANTRY_E_MISUSE) << text;
            EXPECT_EQ(e.flags(), GANTRY_EF_NOT_APPLIED) << text;
            EXPECT_EQ(e.message().find("s3cret"), std::string::npos) << e.message();
        }
    }
    EXPECT_THROW(parse_http_url(std::string_view("http://a.example\0.b", 19)), Error);
}

}  // namespace
}  // namespace gantry::host
