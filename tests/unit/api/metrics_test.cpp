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

}  // namespace
}  // namespace gantry::host
