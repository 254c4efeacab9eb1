// gantry::Http and its answers, with a host that answers as the test says.
#include <gantry/call.hpp>

#include <gtest/gtest.h>

#include <functional>

namespace gantry {
namespace {

struct Sent {
    std::string method, url, headers, body, key;
    std::uint32_t flags = 0, timeout_ms = 0;
    gantry_call call = 0;
};

// A host table whose extension keeps what it was sent and answers from here.
class FakeHost {
public:
    FakeHost() {
        table.struct_size = sizeof table;
        table.ctx = this;
        table.get_extension = [](const gantry_host*, const char* id) noexcept -> const void* {
            return std::string_view(id) == GANTRY_HTTP_1 ? &kHttp : nullptr;
        };
    }

    gantry_host table{};
    std::vector<Sent> sent;
    HttpResponse answer{200, {}, "{}", {}, false};
    std::optional<Error> error;

private:
    static void GANTRY_CALL send(const gantry_host* host, gantry_call call,
                                 const gantry_http_request* r, gantry_http_reply_fn reply,
                                 void* user) noexcept {
        auto& self = *static_cast<FakeHost*>(host->ctx);
        const auto text = [](gantry_str s) { return std::string(view(s)); };
        self.sent.push_back({text(r->method), text(r->url), text(r->headers), text(r->body),
                             text(r->key), r->flags, r->timeout_ms, call});
        if (self.error) {
            const gantry_error e{sizeof e, self.error->code(), self.error->flags(),
                                 0,        str("told"),        {}};
            return reply(user, nullptr, &e);
        }
        const auto headers = json(self.answer.headers).dump();
        const gantry_http_response response{sizeof response, self.answer.status, str(headers),
                                            str(self.answer.body)};
        reply(user, &response, nullptr);
    }
    static constexpr gantry_http kHttp{sizeof(gantry_http), 0, &send};
};

/// The error of an answer to a request of that method.
Error error_of(std::uint32_t status, const std::string& method = "PUT",
               const HttpHeaders& headers = {}, const std::string& body = "") {
    FakeHost host;
    host.answer = {status, headers, body, {}, false};
    try {
        Http(host.table, 7, "https://acme.example/api").send(method, "/p", "").require_ok();
        return {GANTRY_OK, "no error"};
    } catch (const Error& e) {
        return e;
    }
}

TEST(SdkHttp, sends_below_its_base_url_with_its_headers_and_json) {
    FakeHost host;
    const Http http(host.table, 7, "https://acme.example/api/",
                    {{"Authorization", "Bearer x"}, {"Accept", "text/plain"}});
    http.put("/p/1", {{"title", "T"}}, {.headers = {{"If-Match", "\"1\""}}, .key = "line-1"});
    const auto& sent = host.sent.at(0);
    EXPECT_EQ(sent.call, 7U);
    EXPECT_EQ(sent.method, "PUT");
    EXPECT_EQ(sent.url, "https://acme.example/api/p/1");
    EXPECT_EQ(json::parse(sent.headers), json({{"Authorization", "Bearer x"},
                                               {"Accept", "text/plain"},
                                               {"Content-Type", "application/json"},
                                               {"If-Match", "\"1\""}}));
    EXPECT_EQ(sent.body, R"({"title":"T"})");
    EXPECT_EQ(sent.key, "line-1");
    EXPECT_EQ(sent.flags, 0U);
    EXPECT_EQ(sent.timeout_ms, 0U);
}

TEST(SdkHttp, each_method_by_its_name_and_what_reads_says_so) {
    FakeHost host;
    const Http http(host.table, 7, "https://acme.example");
    http.get("/a", {.timeout = std::chrono::seconds(2)});
    http.post("/a", json::object(), {.reads = true});
    http.patch("/a", 1);
    http.del("/a");
    EXPECT_EQ(host.sent[0].method + host.sent[0].body, "GET");
    EXPECT_EQ(host.sent[0].timeout_ms, 2000U);
    EXPECT_EQ(host.sent[1].flags, GANTRY_HTTP_READS);
    EXPECT_EQ(host.sent[2].method + host.sent[2].body, "PATCH1");
    EXPECT_EQ(host.sent[3].method + host.sent[3].body, "DELETE");
}

TEST(SdkHttp, a_whole_url_is_taken_below_the_base_only) {
    FakeHost host;
    const Http http(host.table, 7, "https://acme.example/api");
    http.get("https://acme.example/api/p?page=2");
    http.get("https://acme.example/api?page=2");
    for (const char* url : {"https://evil.example/api/p", "https://acme.example/apis",
                            "https://acme.example/api@evil.example", "p", ""}) {
        EXPECT_THROW(http.get(url), Error) << url;
    }
    EXPECT_EQ(host.sent.size(), 2U);
    Http(host.table, 7).get("https://other.example/");
    EXPECT_EQ(host.sent[2].url, "https://other.example/");
}

TEST(SdkHttp, a_host_without_the_extension_is_a_matter_of_configuration) {
    FakeHost host;
    host.table.get_extension = [](const gantry_host*, const char*) noexcept -> const void* {
        return nullptr;
    };
    try {
        const Http http(host.table, 7);
        ADD_FAILURE();
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_CONFIG);
        EXPECT_NE(e.message().find("gantry.http/1"), std::string::npos);
    }
}

TEST(SdkHttp, the_hosts_error_is_thrown_and_a_read_that_failed_has_changed_nothing) {
    FakeHost host;
    const Http http(host.table, 7, "https://acme.example");
    host.error = Error(GANTRY_E_UNAVAILABLE, "told", GANTRY_EF_MAYBE_APPLIED);
    const auto flags = [](const std::function<void()>& sends) {
        try {
            sends();
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), GANTRY_E_UNAVAILABLE);
            return e.flags();
        }
        return 99U;
    };
    EXPECT_EQ(flags([&] { http.put("/a", 1); }), GANTRY_EF_MAYBE_APPLIED);
    host.error = Error(GANTRY_E_UNAVAILABLE, "told");
    EXPECT_EQ(flags([&] { http.get("/a"); }), GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(flags([&] { http.post("/a", 1, {.reads = true}); }), GANTRY_EF_NOT_APPLIED);
}

TEST(SdkHttp, a_status_is_an_error_of_the_contract) {
    constexpr auto kMaybe = GANTRY_EF_MAYBE_APPLIED;
    constexpr auto kNot = GANTRY_EF_NOT_APPLIED;
    const std::tuple<std::uint32_t, gantry_status, std::uint32_t> table[] = {
        {301, GANTRY_E_CONFIG, kMaybe},      {400, GANTRY_E_REJECTED, kNot},
        {401, GANTRY_E_AUTH, kNot},          {403, GANTRY_E_AUTH, kNot},
        {404, GANTRY_E_NOT_FOUND, kNot},     {405, GANTRY_E_REJECTED, kNot},
        {408, GANTRY_E_UNAVAILABLE, kMaybe}, {409, GANTRY_E_CONFLICT, kNot},
        {412, GANTRY_E_CONFLICT, kNot},      {413, GANTRY_E_TOO_LARGE, kNot},
        {422, GANTRY_E_REJECTED, kNot},      {429, GANTRY_E_RATE_LIMITED, kNot},
        {500, GANTRY_E_UNAVAILABLE, kMaybe}, {501, GANTRY_E_UNAVAILABLE, kMaybe},
        {502, GANTRY_E_UNAVAILABLE, kMaybe}, {503, GANTRY_E_UNAVAILABLE, kNot},
        {504, GANTRY_E_UNAVAILABLE, kMaybe},
    };
    for (const auto& [status, code, flags] : table) {
        EXPECT_EQ(error_of(status).code(), code) << status;
        EXPECT_EQ(error_of(status).flags(), flags) << status;
        EXPECT_EQ(error_of(status, "GET").code(), code) << status;
        EXPECT_EQ(error_of(status, "GET").flags(), kNot) << status << " to a read";
    }
    for (const std::uint32_t status : {200U, 201U, 204U}) {
        EXPECT_EQ(error_of(status).code(), GANTRY_OK);
    }
}

TEST(SdkHttp, an_error_says_what_was_asked_and_what_the_answer_says) {
    const auto plain = error_of(422, "PUT", {}, R"({"message": "title is too long"})");
    EXPECT_EQ(plain.message(), "PUT https://acme.example answered 422: title is too long");
    EXPECT_EQ(plain.details(),
              json::parse(R"({"status": 422, "answer": {"message": "title is too long"}})"));
    const auto nested = error_of(400, "PUT", {}, R"({"error": {"message": "no such field"}})");
    EXPECT_EQ(nested.message(), "PUT https://acme.example answered 400: no such field");
    const auto page = error_of(502, "GET", {}, "<html>");
    EXPECT_EQ(page.message(), "GET https://acme.example answered 502");
    EXPECT_EQ(page.details(), json({{"status", 502}}));
}

TEST(SdkHttp, a_redirect_names_the_host_it_points_to_and_no_more) {
    const auto error =
        error_of(302, "GET", {{"location", "https://login.example/in?ticket=s3cret"}});
    EXPECT_NE(error.message().find("https://login.example;"), std::string::npos) << error.message();
    EXPECT_EQ(error.message().find("s3cret"), std::string::npos);
}

TEST(SdkHttp, retry_after_is_seconds_or_a_date_as_the_server_has_it) {
    using std::chrono::milliseconds;
    const auto after = [](const HttpHeaders& headers) {
        return error_of(429, "GET", headers).retry_after();
    };
    EXPECT_EQ(after({}), milliseconds(0));
    EXPECT_EQ(after({{"retry-after", "120"}}), milliseconds(120'000));
    EXPECT_EQ(after({{"retry-after", "-5"}}), milliseconds(0));
    EXPECT_EQ(after({{"retry-after", "soon"}}), milliseconds(0));
    EXPECT_EQ(after({{"retry-after", "999999999999999999999"}}), milliseconds(86'400'000));
    EXPECT_EQ(after({{"retry-after", "Wed, 21 Oct 2015 07:28:30 GMT"},
                     {"date", "Wed, 21 Oct 2015 07:28:00 GMT"}}),
              milliseconds(30'000));
    EXPECT_EQ(after({{"retry-after", "Wed, 21 Oct 2015 07:28:30 GMT"}}), milliseconds(0))
        << "long ago";
}

TEST(SdkHttp, json_that_is_none_is_an_answer_that_did_not_come) {
    HttpResponse response{200, {{"content-type", "text/html"}}, "<html>", "GET https://a", false};
    const auto error = [&] {
        try {
            response.json();
        } catch (const Error& e) {
            return e;
        }
        return Error(GANTRY_OK, "no error");
    };
    EXPECT_EQ(error().code(), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(error().flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_NE(error().message().find("text/html"), std::string::npos);
    response.wrote = true;
    EXPECT_EQ(error().flags(), GANTRY_EF_MAYBE_APPLIED);
    response.body = R"({"a": 1})";
    EXPECT_EQ(response.json(), json({{"a", 1}}));
}

TEST(Url, segments_and_values_are_escaped) {
    EXPECT_EQ(url_path("products", "a/b c", "ä?#%"), "/products/a%2Fb%20c/%C3%A4%3F%23%25");
    EXPECT_EQ(url_path("a.b", "...", "-_~"), "/a.b/.../-_~");
    EXPECT_EQ(url_query({{"q", "a&b=c"}, {"x y", ""}}), "?q=a%26b%3Dc&x%20y=");
    EXPECT_EQ(url_query({}), "");
}

TEST(Url, a_segment_that_would_name_something_else_is_refused) {
    for (const char* text : {"", ".", ".."}) {
        try {
            segment(text);
            ADD_FAILURE() << text;
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), GANTRY_E_INVALID_DATA);
            EXPECT_EQ(e.flags(), GANTRY_EF_NOT_APPLIED);
        }
    }
}

}  // namespace
}  // namespace gantry
