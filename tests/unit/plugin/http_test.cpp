// The extension gantry.http/1 as a plugin meets it, against a server that the test scripts.
#include "probe_rig.hpp"
#include "support/certificate.hpp"
#include "support/scripted_server.hpp"

#include <gantry/service.hpp>

#include <regex>

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using test::answer;
using test::call_of;
using test::get;
using test::ProbeRig;
using test::script;
using test::ScriptedServer;
using test::ServedRequest;
using Keys = std::vector<std::string>;

json sends(const json& what) { return {{"send", what}}; }
const json kPut = sends({{"method", "PUT"}, {"body", "{}"}});
const json kGet = sends(json::object());

/// A module "web" that sends to the server, and "top", whose steps call it.
class Web {
public:
    explicit Web(ScriptedServer::Script how, const json& options = json::object(),
                 const json& http = {{"proxy", ""}})
        : server(std::move(how)), rig(modules(options, http)) {}

    /// How each action of the script went, in a step of "web".
    json did(const std::vector<json>& actions, const std::string& step = "send") {
        return rig.report(script(actions), asked(step)).at("did");
    }

    static test::Asked asked(const std::string& step = "send") {
        test::Asked out;
        out.step = step;
        out.module = "web";
        return out;
    }

    Keys keys() const {
        Keys out;
        for (const auto& request : server.requests()) {
            out.push_back(request.header("idempotency-key"));
        }
        return out;
    }

    ScriptedServer server;
    ProbeRig rig;

private:
    std::string modules(json options, const json& http) const {
        options.emplace("url", server.url(""));
        return json{{"erp", {{"plugin", "probe-erp"}}},
                    {"web", {{"plugin", "http-probe"}, {"options", options}, {"http", http}}},
                    {"top", {{"plugin", "probe"}, {"bind", {{"inner", "web"}}}}}}
            .dump();
    }
};

ScriptedServer::Script each(const test::Reaction& reaction) {
    return [reaction](const ServedRequest&, int) { return reaction; };
}

TEST(Http, a_step_gets_the_answer_whatever_its_status) {
    Web web(each(answer(503, R"({"why": "ä"})", "Retry-After: 3\r\nX: a\r\nX: b\r\n")));
    const auto did = web.did({sends({{"method", "POST"},
                                     {"target", "/products/a%2Fb?x=1"},
                                     {"headers", {{"X-Mine", "1"}, {"Content-Type", "text/plain"}}},
                                     {"body", "text"}})});
    EXPECT_EQ(did[0].at("status"), 503) << did;
    EXPECT_EQ(did[0].at("body"), R"({"why": "ä"})");
    EXPECT_EQ(did[0].at("headers").at("retry-after"), "3");
    EXPECT_EQ(did[0].at("headers").at("x"), "a, b");
    const auto request = web.server.requests().at(0);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, "/products/a%2Fb?x=1");
    EXPECT_EQ(request.header("x-mine"), "1");
    EXPECT_EQ(request.header("content-type"), "text/plain");
    EXPECT_EQ(request.body, "text");
}

TEST(Http, a_trace_is_told_of_that_is_the_same_for_all_requests_of_a_run) {
    Web web(each(answer(200)));
    web.did({kGet, kPut});
    const auto requests = web.server.requests();
    const auto trace = requests.at(0).header("traceparent");
    EXPECT_TRUE(std::regex_match(trace, std::regex("00-[0-9a-f]{32}-[0-9a-f]{16}-01"))) << trace;
    EXPECT_EQ(requests.at(1).header("traceparent"), trace);
    const std::string theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    web.did({sends({{"method", "GET"}, {"headers", {{"Traceparent", theirs}}}})});
    EXPECT_EQ(web.server.requests().at(2).header("traceparent"), theirs)
        << "the plugin's own stays";
}

TEST(Http, the_key_of_a_write_is_equal_over_attempts_and_differs_within_one) {
    Web web(each(answer(200)));
    for (int attempt = 1; attempt <= 2; ++attempt) {
        web.did({kPut, kGet, kPut, sends({{"method", "DELETE"}, {"key", "line-7"}})});
    }
    const Keys once{"run-1/step/http#1", "", "run-1/step/http#2", "run-1/step/line-7"};
    Keys twice = once;
    twice.insert(twice.end(), once.begin(), once.end());
    EXPECT_EQ(web.keys(), twice);
    for (const auto& key : once) {
        if (!key.empty()) {
            EXPECT_EQ(key_scope(key), "run-1/step");
        }
    }
}

TEST(Http, the_key_of_a_services_write_has_the_scope_of_the_step_that_called_it) {
    Web web(each(answer(200)));
    const auto put = script({call_of("inner.put", script({kPut}))});
    web.rig.report(put);
    ASSERT_FALSE(web.rig.step({}, {.side = Side::kCompensate, .undo = put.dump()}).error);
    EXPECT_EQ(web.keys(),
              (Keys{"run-1/step/inner.put#1:http#1", "run-1/step/compensate/inner.put#1:http#1"}));
    for (const auto& key : web.keys()) EXPECT_EQ(key_scope(key), "run-1/step");
}

TEST(Http, a_key_that_the_plugin_sets_itself_stands) {
    Web web(each(answer(200)));
    web.did({sends({{"method", "POST"}, {"headers", {{"IDEMPOTENCY-key", "mine"}}}})});
    EXPECT_EQ(web.keys(), Keys{"mine"});
}

TEST(Http, a_post_that_reads_has_no_key_and_passes_where_writes_do_not) {
    Web web(each(answer(200)));
    const auto query = sends({{"method", "POST"}, {"reads", true}});
    EXPECT_EQ(web.did({query}, "careful")[0].at("status"), 200);
    const auto end = web.rig.call("web", "look", script({query}));
    EXPECT_EQ(json::parse(end.output).at("did")[0].at("status"), 200);
    EXPECT_EQ(web.keys(), (Keys{"", ""}));
}

TEST(Http, a_write_before_record_undo_is_refused_and_uses_up_no_key) {
    Web web(each(answer(200)));
    const auto did = web.did({kGet, kPut, {{"undo", "before"}}, kPut}, "careful");
    EXPECT_EQ(did[0].at("status"), 200) << "reads pass";
    EXPECT_EQ(did[1].at("code"), GANTRY_E_MISUSE);
    EXPECT_EQ(did[1].at("flags"), GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(did[1].at("message"),
              "step careful declares records_undo and sent a PUT that may write before record_undo "
              "had returned");
    EXPECT_EQ(did[3].at("status"), 200);
    EXPECT_EQ(web.keys(), (Keys{"", "run-1/step/http#1"}));
}

TEST(Http, a_write_in_a_read_method_is_refused) {
    Web web(each(answer(200)));
    const auto end = web.rig.call("web", "look", script({kPut}));
    const auto did = json::parse(end.output).at("did");
    EXPECT_EQ(did[0].at("code"), GANTRY_E_MISUSE);
    EXPECT_EQ(did[0].at("flags"), GANTRY_EF_NOT_APPLIED);
    EXPECT_TRUE(web.server.requests().empty());
}

TEST(Http, a_step_that_sent_a_write_cannot_say_that_nothing_was_applied) {
    Web web(each(answer(200)));
    const json fails = {{"fail", "no"}};
    EXPECT_EQ(web.rig.step(script({kPut, fails}), Web::asked()).error->flags(), 0U);
    EXPECT_EQ(web.rig.step(script({kGet, fails}), Web::asked()).error->flags(),
              GANTRY_EF_NOT_APPLIED);
    const auto refused = sends({{"method", "PUT"}, {"url", "http://evil.example/"}});
    EXPECT_EQ(web.rig.step(script({refused, fails}), Web::asked()).error->flags(),
              GANTRY_EF_NOT_APPLIED);
}

TEST(Http, a_write_that_the_server_refused_leaves_the_step_its_word) {
    const json fails = {{"fail", "no"}};
    for (const auto& [status, flags] : std::map<int, std::uint32_t>{{302, 0U},
                                                                    {401, GANTRY_EF_NOT_APPLIED},
                                                                    {408, 0U},
                                                                    {422, GANTRY_EF_NOT_APPLIED},
                                                                    {429, GANTRY_EF_NOT_APPLIED},
                                                                    {500, 0U},
                                                                    {503, GANTRY_EF_NOT_APPLIED}}) {
        Web web(each(answer(status)));
        EXPECT_EQ(web.rig.step(script({kPut, fails}), Web::asked()).error->flags(), flags)
            << status;
    }
    Web web([](const ServedRequest&, int number) { return answer(number == 1 ? 200 : 422); });
    EXPECT_EQ(web.rig.step(script({kPut, kPut, fails}), Web::asked()).error->flags(), 0U)
        << "an earlier write stands";
}

TEST(Http, a_lost_reply_to_a_write_is_maybe_applied_and_was_asked_for_once) {
    Web web(
        [](const ServedRequest&, int number) { return number == 1 ? answer(200) : test::drop(); });
    const auto did = web.did({kPut, kPut});
    EXPECT_EQ(did[1].at("code"), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(did[1].at("flags"), GANTRY_EF_MAYBE_APPLIED);
    EXPECT_EQ(web.server.requests().size(), 2U);
    EXPECT_EQ(web.server.requests()[1].connection, 1);
}

TEST(Http, a_request_ends_at_its_own_time_or_at_that_of_its_call) {
    Web web(each(test::stall()));
    const auto did = web.did({sends({{"timeout_ms", 50}})});
    EXPECT_EQ(did[0].at("code"), GANTRY_E_DEADLINE);
    auto late = Web::asked();
    late.timeout = milliseconds(1000);  // some of it is left to tell of the end
    const auto begun = Timers::Clock::now();
    const auto end = web.rig.report(script({sends({{"timeout_ms", 600'000}})}), late);
    EXPECT_EQ(end.at("did")[0].at("code"), GANTRY_E_DEADLINE) << end;
    EXPECT_LT(Timers::Clock::now() - begun, std::chrono::seconds(10));
}

TEST(Http, a_call_that_is_cancelled_gets_its_answer_within_a_second) {
    Web web(each(test::stall()));
    auto begun = web.rig.begin(script({kPut}), Web::asked());
    ASSERT_TRUE(web.server.wait_for_requests(1));
    const auto told = Timers::Clock::now();
    begun.attempt->cancel();
    const auto end = get(begun.ended);
    EXPECT_LT(Timers::Clock::now() - told, std::chrono::seconds(5)) << "slack for a busy machine";
    const auto did = json::parse(end.output).at("did");
    EXPECT_EQ(did[0].at("code"), GANTRY_E_CANCELLED);
    EXPECT_EQ(did[0].at("flags"), GANTRY_EF_MAYBE_APPLIED);
}

TEST(Http, after_its_end_a_call_sends_nothing) {
    Web web(each(answer(200)));
    ASSERT_FALSE(web.rig.step(script({{{"complete", 1}}, kPut}), Web::asked()).error);
    const auto did = web.rig.seen("web").at("did");
    EXPECT_EQ(did[1].at("code"), GANTRY_E_STALE);
    EXPECT_EQ(did[1].at("flags"), GANTRY_EF_NOT_APPLIED);
    EXPECT_TRUE(web.server.requests().empty());
}

TEST(Http, a_host_that_the_module_may_not_ask_is_a_matter_of_configuration) {
    Web web(each(answer(200)));
    const auto url = "http://localhost:" + std::to_string(web.server.port());
    const auto did = web.did({sends({{"url", url}})});
    EXPECT_EQ(did[0].at("code"), GANTRY_E_CONFIG);
    EXPECT_NE(did[0].at("message").get<std::string>().find("modules.web.http.allowed_hosts"),
              std::string::npos);
    EXPECT_TRUE(web.server.requests().empty());
    Web other(each(answer(200)), {}, {{"proxy", ""}, {"allowed_hosts", {"LocalHost"}}});
    const auto allowed = "http://localhost:" + std::to_string(other.server.port());
    EXPECT_EQ(other.did({sends({{"url", allowed}})})[0].at("status"), 200);
}

TEST(Http, what_is_no_request_is_refused_before_anything_is_sent) {
    Web web(each(answer(200)));
    const std::vector<json> wrong = {
        {{"method", "get"}},
        {{"method", ""}},
        {{"method", "CONNECT"}},
        {{"method", "GET / HTTP/1.1\r\nX: y"}},
        {{"url", "/products"}},
        {{"url", "https://user:pass@127.0.0.1"}},
        {{"headers", "{oops"}},
        {{"headers", "[1]"}},
        {{"headers", {{"X", 1}}}},
        {{"headers", {{"X y", "1"}}}},
        {{"headers", {{"X", "a\r\nY: b"}}}},
        {{"headers", {{"host", "evil.example"}}}},
        {{"headers", {{"Content-Length", "1"}}}},
        {{"headers", {{"Transfer-Encoding", "chunked"}}}},
        {{"headers", {{"X", std::string(70'000, 'x')}}}},
        {{"method", "HEAD"}, {"body", "x"}},
        {{"method", "PUT"}, {"key", "a/b"}},
        {{"method", "PUT"}, {"key", "a\r\nX: y"}},
    };
    for (const auto& what : wrong) {
        const auto did = web.did({sends(what)})[0];
        EXPECT_EQ(did.value("code", 0), GANTRY_E_MISUSE) << what.dump().substr(0, 80) << did;
        EXPECT_EQ(did.value("flags", 0U), GANTRY_EF_NOT_APPLIED) << did;
    }
    const auto large = web.did({sends({{"method", "PUT"}, {"size", kHttpBody + 1}})})[0];
    EXPECT_EQ(large.at("code"), GANTRY_E_TOO_LARGE);
    EXPECT_EQ(large.at("flags"), GANTRY_EF_NOT_APPLIED);
    EXPECT_TRUE(web.server.requests().empty());
}

TEST(Http, create_may_send_and_its_writes_have_no_key) {
    Web web(each(answer(200)), {{"at_start", {{{"target", "/in"}}, {{"method", "POST"}}}}});
    const auto did = web.rig.seen("web").at("did");
    EXPECT_EQ(did[0].at("status"), 200);
    EXPECT_EQ(did[1].at("status"), 200);
    EXPECT_EQ(web.server.requests().at(0).target, "/in");
    EXPECT_EQ(web.keys(), (Keys{"", ""}));
}

TEST(Http, the_modules_own_certificates_are_trusted_and_no_others) {
    const test::TempDir folder;
    const test::Certificate certificate(folder / "ca.pem");
    ScriptedServer server(each(answer(200)), certificate.server());
    const auto ask = [&](const json& http) {
        Web web(each(answer(200)), {{"url", server.url("")}}, http);
        return web.did({kGet})[0];
    };
    EXPECT_EQ(ask({{"proxy", ""}}).at("code"), GANTRY_E_CONFIG);
    EXPECT_EQ(ask({{"proxy", ""}, {"ca_file", (folder / "ca.pem").string()}}).at("status"), 200);
}

TEST(Http, a_module_may_go_through_a_proxy) {
    ScriptedServer proxy(each(answer(200, "from the proxy")));
    Web web(each(answer(200)), {{"url", "http://acme.example"}}, {{"proxy", proxy.url("")}});
    EXPECT_EQ(web.did({kGet})[0].at("body"), "from the proxy");
    EXPECT_EQ(proxy.requests().at(0).target, "http://acme.example/");
}

}  // namespace
}  // namespace gantry::host
