// Expressions that take too long or too much, under the real program: before a run is accepted and
// after, many at once, and when the host is killed.
#include "support/host_process.hpp"
#include "support/in_parallel.hpp"
#include "support/sanitizers.hpp"
#include "support/shop.hpp"
#include "support/supervisor.hpp"
#include "support/until.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

namespace gantry::test {
namespace {

namespace fs = std::filesystem;

const char* const kEndless = "${ [] | until(false; .) }";
const char* const kHuge = "${ [range(1e9)] }";
const char* const kDoubled = "${ reduce range(40) as $i (\"x\"; . + .) }";

json config_with(const std::string& limit) {
    const auto route = [](const char* path, const char* workflow, const json& input) {
        json one = {{"method", "POST"}, {"path", path}, {"workflow", workflow}};
        if (!input.is_null()) one["input"] = input;
        return one;
    };
    return {{"store", "sqlite:data/gantry.db"},
            {"http", {{"listen", "127.0.0.1:0"}}},
            {"plugin_path", {GANTRY_TEST_PLUGINS}},
            {"modules", {{"leaf", {{"plugin", "probe-leaf"}}}}},
            {"expressions", {{"limit", limit}, {"memory", "64MiB"}}},
            {"workflows", {"workflows/*.json"}},
            {"routes",
             {route("/endless", "good", {{"n", kEndless}}), route("/huge", "good", {{"n", kHuge}}),
              route("/good", "good", {{"n", "${ .n + 1 }"}}), route("/turns", "turns", nullptr),
              route("/doubled", "good", {{"n", kDoubled}}),
              route("/doubled-step", "doubled-step", nullptr),
              route("/endless-step", "endless-step", nullptr)}}};
}

void add_workflows(const HostProcess& host) {
    const auto probe = [](const json& with) {
        return json::array({{{"step", "leaf/probe"}, {"with", with}}});
    };
    add_workflow(host, "good", probe({{"n", "${ .input.n + 1 }"}}));
    add_workflow(host, "doubled-step", probe({{"n", kDoubled}}));
    add_workflow(host, "endless-step", probe({{"n", kEndless}}));
    write_text(
        host.dir() / "workflows/turns.json",
        json{{"name", "turns"}, {"exclusive", kEndless}, {"steps", probe(json::object())}}.dump());
}

// The processes for expressions of a host that runs.
std::vector<pid_t> children_of(pid_t host) {
    std::vector<pid_t> all;
    for (const auto& one : fs::directory_iterator("/proc")) {
        const std::string name = one.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        std::ifstream in(one.path() / "stat");
        std::string pid, command, state;
        pid_t parent = 0;
        in >> pid >> command >> state >> parent;
        if (parent == host && command == "(gantry-jq)") all.push_back(std::stoi(pid));
    }
    return all;
}

bool lives(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string number, command, state;
    return in >> number >> command >> state && state != "Z" && state != "X";
}

long most_mebibytes_of(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/status");
    std::string line;
    while (std::getline(in, line)) {
        if (line.rfind("VmHWM:", 0) == 0) return std::stol(line.substr(6)) / 1024;
    }
    return 0;
}

// Clients that ask once each and wait for the answer.
class Flood {
public:
    explicit Flood(const HostProcess& host) : host_(host) {}
    ~Flood() { join(); }
    Flood(const Flood&) = delete;
    Flood& operator=(const Flood&) = delete;

    void ask(int times, const HttpRequest& request) {
        for (int i = 0; i < times; ++i) {
            clients_.emplace_back([this, request] {
                const int status = host_.send(request).status;
                const std::lock_guard lock(mutex_);
                statuses_.push_back(status);
            });
        }
    }
    std::size_t answered() {
        const std::lock_guard lock(mutex_);
        return statuses_.size();
    }
    // Of all, once each has its answer; 0: none came.
    const std::vector<int>& statuses() {
        join();
        return statuses_;
    }

private:
    void join() {
        for (auto& client : clients_) {
            if (client.joinable()) client.join();
        }
    }

    const HostProcess& host_;
    std::mutex mutex_;
    std::vector<int> statuses_;
    std::vector<std::thread> clients_;
};

// A run that waits for its signal.
void park(const HostProcess& host, const std::string& workflow, const std::string& key) {
    ASSERT_EQ(host.send({"POST",
                         "/admin/workflows-executions/" + workflow + "/run",
                         R"({"input": {}})",
                         {{"Prefer", "wait=0"}, {"Idempotency-Key", key}}})
                  .status,
              202);
}

TEST(Expressions, many_that_do_not_end_or_want_all_memory_are_ended_and_others_go_on) {
    HostProcess host(config_with("2s"));
    add_workflows(host);
    host.serve();
    const auto before = most_mebibytes_of(host.process().pid());
    struct Asked {
        std::string path, reason;
        int status;
    };
    const std::vector<Asked> asked = {
        {"/endless", "it did not end within 2 s", 400},
        {"/huge", "it ", 400},  // a busy machine comes to the time first
        {"/doubled", "it ", 400},
        {"/doubled-step", R"j(("x"; . + .) }": it )j", 400},
        {"/turns", "it did not end within 2 s", 400},
        {"/endless-step", R"("${ [] | until(false; .) }": it did not end within 2 s)", 400},
        {"/good", "", 200}};
    constexpr int kOfEach = 12;
    std::atomic<int> wrong{0};
    in_parallel(kOfEach * static_cast<int>(asked.size()), 40, [&](int i) {
        const auto& one = asked[static_cast<std::size_t>(i) % asked.size()];
        const auto answer = host.send({"POST", one.path, R"({"n": 1})", {{"Prefer", "wait=60"}}});
        const bool good = answer.status == one.status &&
                          (one.reason.empty() ||
                           answer.parsed().at("message").get<std::string>().find(one.reason) !=
                               std::string::npos);
        if (!good && ++wrong < 5) ADD_FAILURE() << one.path << answer.status << answer.body;
    });
    EXPECT_EQ(wrong, 0);
    for (const char* path : {"/endless", "/doubled-step"}) {
        const auto stranger =
            host.send({"POST", path, "{}", {{"Prefer", "wait=60"}, {"Authorization", ""}}});
        EXPECT_EQ(stranger.status, 400) << stranger.body;
        EXPECT_EQ(stranger.body.find("${"), std::string::npos) << stranger.body;
    }
    EXPECT_EQ(host.get("/health/live").status, 200);
    if (!kSanitized) {
        EXPECT_LE(most_mebibytes_of(host.process().pid()), before + 64);
    }
    const auto pid = host.process().pid();
    EXPECT_TRUE(until([&] { return children_of(pid).size() <= 4; }));
    const auto metrics = host.get("/metrics").body;
    for (const char* why : {"time", "memory"}) {
        const std::string name = "gantry_expressions_ended_total{why=\"";
        EXPECT_NE(metrics.find(name + why + "\"}"), std::string::npos) << metrics;
    }
    EXPECT_NE(host.log().find("an expression was ended: it used more than 64 MiB"),
              std::string::npos);
    const auto children = children_of(pid);
    EXPECT_EQ(host.stop(), 0) << host.log();
    EXPECT_TRUE(until([&] { return std::none_of(children.begin(), children.end(), lives); }));
}

TEST(Expressions, a_flood_of_slow_requests_keeps_neither_an_operator_nor_another_route_waiting) {
    HostProcess host(config_with("60s"));
    add_workflows(host);
    host.serve();
    const auto pid = host.process().pid();
    Flood flood(host);
    flood.ask(300, {"POST", "/endless", R"({"n": 1})"});
    flood.ask(40, {"POST", "/admin/workflows-executions/turns/run", R"({"input": {}})"});
    EXPECT_TRUE(until([&] { return children_of(pid).size() >= 4; }));
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(host.get("/metrics").status, 200);
        EXPECT_EQ(host.get("/admin/modules").status, 200);
        EXPECT_EQ(host.send({"POST", "/good", R"({"n": 1})"}).status, 200);
    }
    EXPECT_EQ(flood.answered(), 0U) << "the looks waited for the flood";
    host.kill9();
}

TEST(Expressions, a_flood_of_slow_runs_keeps_neither_a_verb_nor_another_workflow_waiting) {
    HostProcess host(config_with("60s"));
    add_workflows(host);
    add_workflow(host, "waits", {{{"wait", "go"}, {"id", "answer"}}});
    host.serve();
    const auto pid = host.process().pid();
    for (const char* key : {"cancelled", "signalled"}) park(host, "waits", key);
    Flood flood(host);
    flood.ask(150, {"POST", "/endless-step", "{}", {{"Prefer", "wait=60"}}});
    EXPECT_TRUE(until([&] { return children_of(pid).size() >= 4; }));
    EXPECT_EQ(host.send({"POST", "/good", R"({"n": 1})", {{"Prefer", "wait=60"}}}).status, 200);
    EXPECT_EQ(host.cli({"runs", "cancel", "waits/cancelled"}).exit_code, 0);
    EXPECT_EQ(host.cli({"runs", "signal", "waits/signalled", "go"}).exit_code, 0);
    EXPECT_TRUE(host.until([&] {
        return host.cli({"runs", "ls", "--workflow", "waits", "--state", "done"})
                   .out.find("done") != std::string::npos;
    }));
    EXPECT_EQ(flood.answered(), 0U) << "the others waited for the flood";
    host.kill9();
}

TEST(Expressions, a_stop_begins_none_of_those_that_wait) {
    HostProcess host(config_with("2s"));
    add_workflows(host);
    host.serve();
    const auto pid = host.process().pid();
    Flood flood(host);
    flood.ask(100, {"POST", "/endless", R"({"n": 1})"});
    EXPECT_TRUE(until([&] { return children_of(pid).size() >= 4; }));
    // A hundred would take fifty seconds.
    EXPECT_EQ(host.stop(std::chrono::seconds(kSanitized ? 40 : 20)), 0) << host.log();
    for (const int status : flood.statuses()) {
        EXPECT_TRUE(status == 400 || status == 503 || status == 0) << status;
    }
}

TEST(Expressions, a_stop_begins_none_of_the_runs_that_wait) {
    HostProcess host(config_with("2s"));
    add_workflows(host);
    host.serve();
    const auto pid = host.process().pid();
    Flood flood(host);
    flood.ask(150, {"POST", "/endless-step", "{}", {{"Prefer", "wait=60"}}});
    EXPECT_TRUE(until([&] { return children_of(pid).size() >= 4; }));
    // All would take forty seconds, and the host is patient for twenty.
    EXPECT_EQ(host.stop(std::chrono::seconds(60)), 0) << host.log();
    EXPECT_EQ(host.log().find("did not end in time"), std::string::npos) << host.log();
    for (const int status : flood.statuses()) {
        EXPECT_TRUE(status == 400 || status == 503 || status == 0) << status;
    }
}

TEST(Expressions, a_flood_of_slow_runs_that_go_on_keeps_no_verb_waiting) {
    HostProcess host(config_with("60s"));
    add_workflows(host);
    add_workflow(host, "waits", {{{"wait", "go"}, {"id", "answer"}}});
    add_workflow(host, "slow-later",
                 {{{"wait", "go"}, {"id", "answer"}},
                  {{"step", "leaf/probe"}, {"with", {{"n", kEndless}}}}});
    host.serve();
    const auto pid = host.process().pid();
    park(host, "waits", "cancelled");
    constexpr int kMany = 20;  // threads that load runs there are eight
    for (int i = 0; i < kMany; ++i) park(host, "slow-later", "k" + std::to_string(i));
    ASSERT_TRUE(host.until(
        [&] { return metric(host, "gantry_runs_waiting{kind=\"signal\"}") == kMany + 1; }));
    for (int i = 0; i < kMany; ++i) {
        ASSERT_EQ(host.cli({"runs", "signal", "slow-later/k" + std::to_string(i), "go"}).exit_code,
                  0);
    }
    EXPECT_TRUE(until([&] { return children_of(pid).size() >= 4; }));
    EXPECT_EQ(host.cli({"runs", "cancel", "waits/cancelled"}).exit_code, 0);
    host.kill9();
}

TEST(Expressions, one_that_runs_ends_when_the_host_is_killed) {
    HostProcess host(config_with("60s"));
    add_workflows(host);
    host.serve();
    const auto host_pid = host.process().pid();
    ASSERT_EQ(host.send({"POST", "/good", R"({"n": 1})", {{"Prefer", "wait=60"}}}).status, 200);
    std::thread asks([&] { host.send({"POST", "/endless-step", "{}"}); });
    std::vector<pid_t> children;
    const auto busy = [](pid_t pid) {
        std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
        std::string number, command, state;
        in >> number >> command >> state;
        return state == "R";
    };
    EXPECT_TRUE(until([&] {
        children = children_of(host_pid);
        return std::any_of(children.begin(), children.end(), busy);
    }));
    host.kill9();
    asks.join();
    EXPECT_TRUE(until([&] { return std::none_of(children.begin(), children.end(), lives); }));
}

}  // namespace
}  // namespace gantry::test
