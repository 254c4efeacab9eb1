// Plugins that hang or die under the real program: how it ends, and what the next one says.
#include "support/fifo.hpp"
#include "support/shop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <future>

namespace gantry::test {
namespace {

using std::chrono::seconds;

/// `count` modules that are late after 400 ms without a heartbeat, each with a workflow of one step
/// that hangs at `fifo`.
json config_of(int count) {
    json modules = {{"leaf", {{"plugin", "probe-leaf"}}}};
    for (int i = 0; i < count; ++i) {
        modules["m" + std::to_string(i)] = {{"plugin", "probe-beat"},
                                            {"bind", {{"inner", "leaf"}}}};
    }
    return {{"store", "sqlite:data/gantry.db"},
            {"http", {{"listen", "127.0.0.1:0"}}},
            {"plugin_path", {GANTRY_TEST_PLUGINS}},
            {"modules", modules},
            {"workflows", {"workflows/*.json"}}};
}

void add_hanging(const HostProcess& host, int i, const Fifo& fifo) {
    const auto n = std::to_string(i);
    const json script = {{"do", {{{"hang", fifo.path()}}}}};
    add_workflow(host, "hang-" + n, {{{"step", "m" + n + "/probe"}, {"with", script}}});
}

void run(const HostProcess& host, int i) {
    const auto target = "/admin/workflows-executions/hang-" + std::to_string(i) + "/run";
    const auto accepted = host.send({"POST", target, "{}", {{"Prefer", "wait=0"}}});
    ASSERT_EQ(accepted.status, 202) << accepted.body;
}

TEST(Stuck, too_many_calls_that_hang_end_the_host_with_75_and_the_next_one_goes_on) {
    constexpr int kTooMany = 7;  // a tenth of 64 may be stuck
    HostProcess host(config_of(kTooMany));
    const Fifo fifo(host.dir() / "fifo");
    for (int i = 0; i < kTooMany; ++i) add_hanging(host, i, fifo);
    host.serve();
    for (int i = 0; i < kTooMany; ++i) run(host, i);
    ASSERT_TRUE(host.process().wait(seconds(60)));
    EXPECT_EQ(host.process().exit_code(), 75) << host.log();
    EXPECT_NE(host.log().find("the last one of plugin probe-beat"), std::string::npos)
        << host.log();
    host.serve();
    EXPECT_EQ(host.log().find("died while"), std::string::npos) << "that was on purpose";
    ASSERT_TRUE(host.until([&] {
        const auto runs = host.runs();
        return std::all_of(runs.begin(), runs.end(),
                           [](const json& one) { return one.at("state") == "reverted"; });
    })) << host.runs().dump(2);
    EXPECT_EQ(host.runs().size(), std::size_t{kTooMany});
    EXPECT_EQ(host.stop(), 0) << host.log();
}

TEST(Stuck, after_a_crash_the_next_host_says_what_it_was_in) {
    HostProcess host(config_of(1));
    const Fifo fifo(host.dir() / "fifo");
    add_hanging(host, 0, fifo);
    host.serve();
    run(host, 0);
    const auto calls = host.dir() / "data/gantry.db.calls";
    ASSERT_TRUE(
        host.until([&] { return read_text(calls).find("step probe") != std::string::npos; }));
    host.kill9();
    host.serve();
    const auto log = host.log();
    EXPECT_NE(log.find("died while it was in step probe of module m0"), std::string::npos) << log;
    EXPECT_NE(log.find(host.runs().at(0).at("run_id").get<std::string>()), std::string::npos)
        << log;
    host.kill9();
}

TEST(Stuck, a_ping_that_hangs_is_told_and_holds_up_nothing) {
    const TempDir folder;
    const Fifo fifo(folder.path() / "fifo");
    auto config = config_of(0);
    config["modules"]["hangs"] = {{"plugin", "probe-leaf"},
                                  {"options", {{"hang_ping", fifo.path()}}}};
    HostProcess host(config);
    host.serve();
    for (const char* said : {R"(module \"hangs\": its system is not reached)",
                             R"(module \"leaf\": its system is reached)"}) {
        EXPECT_TRUE(host.until([&] { return host.log().find(said) != std::string::npos; }))
            << host.log();
    }
    std::vector<std::future<HttpResponse>> asked;
    for (int i = 0; i < 4; ++i) {
        asked.push_back(
            std::async(std::launch::async, [&] { return host.get("/admin/modules?ping=true"); }));
    }
    EXPECT_EQ(host.call("leaf", "see", json::object()).at("seen"), json::array())
        << "others are answered meanwhile";
    for (auto& one : asked) {
        const auto answer = one.get();
        ASSERT_EQ(answer.status, 200);
        const auto all = answer.parsed();
        for (const auto& module : all.at("modules")) {
            EXPECT_EQ(module.at("reach").at("reached"), module.at("name") == "leaf") << module;
        }
    }
    const auto modules = host.cli({"modules"});
    EXPECT_EQ(modules.exit_code, 1);
    EXPECT_NE(modules.out.find("hangs.ping has not returned yet"), std::string::npos)
        << modules.out;
    EXPECT_EQ(host.stop(), 0) << host.log();
}

TEST(Stuck, sigterm_ends_a_host_at_once_whose_plugin_is_still_being_created) {
    const TempDir folder;
    const Fifo fifo(folder.path() / "fifo");
    auto config = config_of(0);
    config["modules"]["slow"] = {{"plugin", "probe-leaf"},
                                 {"options", {{"hang_create", fifo.path()}}}};
    HostProcess host(config);
    host.serve_without_waiting();
    const auto calls = host.dir() / "data/gantry.db.calls";
    ASSERT_TRUE(host.until([&] { return read_text(calls).find("create") != std::string::npos; }))
        << host.log();
    EXPECT_EQ(host.stop(seconds(15)), 0) << host.log();  // its create may take 20 s
    EXPECT_NE(host.log().find("stopped while it was starting"), std::string::npos) << host.log();
}

}  // namespace
}  // namespace gantry::test
