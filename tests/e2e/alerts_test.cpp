// What the page and the file of alert rules name is what a host says of itself.
#include "support/supervisor.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <regex>
#include <set>

namespace gantry::test {
namespace {

std::set<std::string> names_in(const std::string& text) {
    static const std::regex kName("\\b(gantry|process)_[a-z0-9_]+");
    std::set<std::string> names;
    for (std::sregex_iterator it(text.begin(), text.end(), kName), end; it != end; ++it) {
        names.insert(it->str());
    }
    return names;
}

std::string page(const std::string& name) {
    return read_text(std::filesystem::path(GANTRY_PAGES) / name);
}

// The families, and what a histogram makes of one.
std::set<std::string> said_by(const HostProcess& host) {
    std::set<std::string> names;
    static const std::regex kType("# TYPE (\\S+) (\\S+)");
    const auto text = host.get("/metrics").body;
    for (std::sregex_iterator it(text.begin(), text.end(), kType), end; it != end; ++it) {
        names.insert(it->str(1));
        if (it->str(2) != "histogram") continue;
        for (const char* part : {"_bucket", "_sum", "_count"}) names.insert(it->str(1) + part);
    }
    return names;
}

// The module "leaf" can tell whether its system is reached.
json config_with_ping() {
    auto config = shop_config();
    config["plugin_path"].push_back(GANTRY_TEST_PLUGINS);
    config["modules"]["leaf"] = {{"plugin", "probe-leaf"}};
    return config;
}

// Of two hosts, in which everything has happened that is only counted when it has.
std::set<std::string> all_metrics() {
    LedgerHost host;
    host.serve();
    host.start("one", "dies", {{"a", {{"do", "hang:60000"}}}}, false);
    EXPECT_TRUE(host.until([&] { return host.oracle().counts().calls == 1; }));
    host.kill9();
    host.process().wait(std::chrono::seconds(30));
    host.serve();
    EXPECT_EQ(host.start("one", "retried", {{"a", {{"do", "retry:1"}}}}).status, 200);
    EXPECT_EQ(host.start("nap", "waits", {{"nap", "1h"}}, false).status, 202);
    EXPECT_TRUE(host.until([&] { return host.oracle().state("waits") == "waiting"; }));
    auto names = said_by(host);
    HostProcess asked(config_with_ping());
    asked.serve_and_reach();
    names.merge(said_by(asked));
    return names;
}

TEST(Alerts, and_the_page_name_metrics_that_there_are_and_the_page_names_all) {
    const auto known = all_metrics();
    const auto readme = page("README.md");
    const auto from = readme.find("## Metrics");
    ASSERT_NE(from, std::string::npos);
    const auto told = names_in(readme.substr(from, readme.find("\n## ", from + 1) - from));
    for (const auto& name : told) EXPECT_TRUE(known.contains(name)) << name << " of the page";
    for (const auto& name : known) {
        const auto stem = std::regex_replace(name, std::regex("_(bucket|sum|count)$"), "");
        EXPECT_TRUE(told.contains(name) || told.contains(stem)) << name << " is not on the page";
    }
    const auto alerted = names_in(page("alerts.yml"));
    EXPECT_GT(alerted.size(), 20U);
    for (const auto& name : alerted) EXPECT_TRUE(known.contains(name)) << name << " of alerts.yml";
}

TEST(Alerts, each_has_a_summary_and_says_what_to_do) {
    const auto text = page("alerts.yml");
    const std::regex rule(
        "      - alert: Gantry\\w+\n        expr: \\S.*\n(        for: \\d+[smhd]\n)?"
        "        annotations:\n          summary: \"[^\"\n]+\"\n          description: "
        "\"[^\"\n]+\"\n");
    const auto count = [&](const std::regex& what) {
        return std::distance(std::sregex_iterator(text.begin(), text.end(), what),
                             std::sregex_iterator());
    };
    EXPECT_EQ(count(rule), count(std::regex("- alert:")));
    EXPECT_GT(count(rule), 20);
}

TEST(Metrics, of_the_host_say_how_it_stands) {
    HostProcess host(config_with_ping());
    host.serve_and_reach();
    EXPECT_EQ(metric(host, "gantry_module_reached{module=\"leaf\"}"), 1);
    EXPECT_EQ(metric(host, "gantry_calm"), 0);
    EXPECT_GT(metric(host, "gantry_store_disk_free_bytes"), 0);
    EXPECT_GT(metric(host, "gantry_store_bytes"), 0);
    EXPECT_GT(metric(host, "process_open_fds"), 0);
    EXPECT_EQ(metric(host, "gantry_build_info{abi=\"1.0\",version=\"" GANTRY_VERSION "\"}"), 1);
    EXPECT_EQ(host.get("/nowhere").status, 404);
    EXPECT_EQ(metric(host, "gantry_http_answers_total{code=\"4xx\"}"), 1);
    EXPECT_EQ(host.get("/admin/status").parsed().at("retention_waits_until"), nullptr);
}

}  // namespace
}  // namespace gantry::test
