// GET /metrics: text that a scraper reads, for everybody.
#include "test_host.hpp"

#include <regex>
#include <sstream>

namespace gantry::host {
namespace {

std::map<std::string, double> series(const std::string& text) {
    static const std::regex line_form(
        R"re(([a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})?) ([-+0-9.eE]+|\+Inf|NaN))re");
    std::map<std::string, double> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) continue;
        std::smatch match;
        if (!std::regex_match(line, match, line_form)) {
            ADD_FAILURE() << "no line of the format: " << line;
            continue;
        }
        found[match[1]] = std::stod(match[4]);
    }
    return found;
}

TEST(ApiMetrics, are_prometheus_text_and_need_no_token) {
    const TestHost host;
    const auto answer = host.send("GET", "/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.at("content-type"), "text/plain; version=0.0.4");
    const auto found = series(answer.body);
    EXPECT_EQ(found.at("gantry_stale_writes_total"), 0);
    EXPECT_EQ(host.send("HEAD", "/metrics").status, 200);
    EXPECT_EQ(host.send("POST", "/metrics").status, 405);
}

TEST(ApiMetrics, a_run_shows_in_what_the_store_committed) {
    const TestHost host;
    const auto before = series(host.send("GET", "/metrics").body);
    EXPECT_EQ(host.send("POST", "/things/1/do", R"({"do": "ok"})").status, 200);
    const auto after = series(host.send("GET", "/metrics").body);
    const auto more = [&](const std::string& name) { return after.at(name) - before.at(name); };
    EXPECT_EQ(more("gantry_commit_seconds_count"), 2);  // accepted and begun; done and over
    EXPECT_EQ(more("gantry_commit_batch_sum"), 2);
    EXPECT_EQ(after.at("gantry_commit_seconds_bucket{le=\"+Inf\"}"),
              after.at("gantry_commit_seconds_count"));
}

TEST(ApiMetrics, what_is_refused_before_it_is_a_request_is_an_answer_as_well) {
    const TestHost host;
    const auto refused = [&] {
        return series(host.send("GET", "/metrics").body)
            .at("gantry_http_answers_total{code=\"4xx\"}");
    };
    const std::string post =
        "POST /two HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    const std::vector<std::pair<int, std::string>> bad = {
        {400, "nonsense\r\n\r\n"},
        {400, "GET /health/live HTTP/1.1\r\n\r\n"},
        {400, post + "Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n"},
        {413,
         post + "Transfer-Encoding: chunked\r\n\r\n200000\r\n" + std::string((1 << 20) + 1, ' ')},
        {414, "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n"},
        {431, "GET / HTTP/1.1\r\nX: " + std::string(70 << 10, 'x') + "\r\n\r\n"}};
    for (const auto& [status, bytes] : bad) {
        const auto before = refused();
        Client client(host.port);
        client.write(bytes);
        EXPECT_EQ(client.read().status, status);
        EXPECT_EQ(refused() - before, 1) << status;
    }
    const auto before = refused();
    EXPECT_EQ(host.send("GET", "/nowhere").status, 404);
    EXPECT_EQ(refused() - before, 1) << "once";
}

}  // namespace
}  // namespace gantry::host
