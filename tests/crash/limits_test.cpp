// A host that may open few files, and one with many large runs in memory: errors, but no crash, no
// lost run, and a bounded size.
#include "support/process_memory.hpp"
#include "support/sanitizers.hpp"
#include "support/shop.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace gantry::test::limits_test {
namespace {

constexpr rlim_t kFiles = 64;
constexpr int kStarts = 16;

void limit_files(HostProcess& host, rlim_t files) {
    rlimit limit{};
    ASSERT_EQ(prlimit(host.process().pid(), RLIMIT_NOFILE, nullptr, &limit), 0);
    limit.rlim_cur = files;
    ASSERT_EQ(prlimit(host.process().pid(), RLIMIT_NOFILE, &limit, nullptr), 0);
}

std::size_t open_files(HostProcess& host) {
    const auto folder = "/proc/" + std::to_string(host.process().pid()) + "/fd";
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(folder)) ++count;
    return count;
}

// Those of requests that were answered are closed by then, which gives no signal.
std::size_t files_at_rest(HostProcess& host) {
    auto fewest = open_files(host);
    for (int i = 0; i < 100; ++i) {
        host.process().wait(std::chrono::milliseconds(10));
        fewest = std::min(fewest, open_files(host));
    }
    return fewest;
}

/// Connections that say nothing, closed with it.
class Idle {
public:
    Idle(int port, int count) {
        for (int i = 0; i < count; ++i) {
            sockaddr_in to{};
            to.sin_family = AF_INET;
            to.sin_port = htons(static_cast<std::uint16_t>(port));
            to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            sockets_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
            // Not accepted by the host perhaps, but by its kernel.
            (void)connect(sockets_.back(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
        }
    }
    ~Idle() {
        for (const int socket : sockets_) close(socket);
    }
    Idle(const Idle&) = delete;
    Idle& operator=(const Idle&) = delete;

private:
    std::vector<int> sockets_;
};

class FewFiles : public testing::Test {
protected:
    FewFiles() {
        // The host has the limit of whoever starts it.
        rlimit before{};
        getrlimit(RLIMIT_NOFILE, &before);
        const rlimit few{kFiles, before.rlim_max};
        EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
        add_workflow(host_, "two",
                     {{{"id", "a"}, {"step", "echo"}, {"with", "${ .input }"}},
                      {{"id", "b"}, {"step", "echo"}, {"with", "${ .steps.a }"}}});
        host_.serve();
        EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    }

    // Eight clients, some starts each, with connections in the way that say nothing. How many were
    // not answered within `limit`.
    int flood(int idle, std::chrono::seconds limit) {
        const Idle in_the_way(host_.port(), idle);
        std::atomic<int> unanswered{0};
        std::vector<std::thread> clients;
        for (int client = 0; client < 8; ++client) {
            clients.emplace_back([&] {
                for (int i = 0; i < kStarts / 8; ++i) {
                    const auto status = start(limit).status;
                    if (status == 200 || status == 202) ++acknowledged_;
                    unanswered += status == 0 ? 1 : 0;
                }
            });
        }
        for (auto& client : clients) client.join();
        return unanswered;
    }

    HttpResponse start(std::chrono::seconds limit = std::chrono::seconds(30)) {
        return send_http(host_.port(),
                         {"POST",
                          "/admin/workflows-executions/two/run",
                          R"({"input": 7})",
                          {{"Authorization", "Bearer " + host_.token()}}},
                         limit);
    }

    // It serves again as soon as nobody is in the way, and no acknowledged run is lost.
    void expect_well() {
        ASSERT_TRUE(host_.until([this] { return host_.get("/health/ready").status == 200; }))
            << host_.log();
        const auto answer = start();
        EXPECT_EQ(answer.status, 200) << answer.body << host_.log();
        ++acknowledged_;
        ASSERT_TRUE(host_.until([this] {
            const auto runs = host_.runs();
            return std::all_of(runs.begin(), runs.end(),
                               [](const json& run) { return run.at("state") == "done"; });
        }));
        EXPECT_GE(host_.runs().size(), static_cast<std::size_t>(acknowledged_));
    }

    HostProcess host_{misbehaving_shop_config()};
    std::atomic<int> acknowledged_{0};
};

TEST_F(FewFiles, of_more_connections_than_files_those_that_say_nothing_give_way) {
    EXPECT_EQ(flood(200, std::chrono::seconds(30)), 0);
    expect_well();
    EXPECT_EQ(host_.stop(), 0);
}

TEST_F(FewFiles, none_of_which_is_left_do_not_keep_sigterm_from_ending_the_host) {
    EXPECT_EQ(start().status, 200);
    ++acknowledged_;
    limit_files(host_, files_at_rest(host_));
    EXPECT_EQ(flood(20, std::chrono::seconds(1)), kStarts) << "no connection can be accepted";
    EXPECT_EQ(host_.stop(), 0) << host_.log();
    host_.serve();
    expect_well();
}

constexpr int kRuns = kSanitized ? 100 : 1'000;
constexpr int kHuge = kRuns / 100;  // of them
constexpr long kMaxMib = 256;

TEST(ManyLargeRuns, in_flight_and_taken_up_again_keep_the_host_below_256_mib) {
    HostProcess host(misbehaving_shop_config());
    const auto work = [](std::size_t bytes) {
        return json{
            {{"id", "a"}, {"step", "echo"}, {"with", std::string(bytes, 'x')}},
            {{"id", "wait"},
             {"step", "fails"},
             {"with",
              {{"code", GANTRY_E_UNAVAILABLE}, {"until_attempt", 1}, {"retry_after_ms", 20'000}}}}};
    };
    add_workflow(host, "large", work(std::size_t{64} << 10));
    add_workflow(host, "huge", work((std::size_t{1} << 20) - 16));
    host.serve();
    const auto before = memory_kib(host.process().pid(), "VmRSS") / 1024;
    std::vector<std::thread> clients;
    std::atomic<int> next{0};
    std::atomic<int> accepted{0};
    for (int client = 0; client < 8; ++client) {
        clients.emplace_back([&] {
            for (int i = next++; i < kRuns; i = next++) {
                const std::string workflow = i % (kRuns / kHuge) == 0 ? "huge" : "large";
                const auto answer = host.send({"POST",
                                               "/admin/workflows-executions/" + workflow + "/run",
                                               "{}",
                                               {{"Prefer", "wait=0"}}});
                accepted += answer.status == 202 ? 1 : 0;
            }
        });
    }
    for (auto& client : clients) client.join();
    ASSERT_EQ(accepted, kRuns);
    const auto attempts = [&] {
        const auto log = host.log();
        int count = 0;
        for (auto at = log.find("failed as told"); at != std::string::npos;
             at = log.find("failed as told", at + 1)) {
            ++count;
        }
        return count;
    };
    ASSERT_TRUE(host.until([&] { return attempts() == kRuns; }));
    const auto in_flight = memory_kib(host.process().pid(), "VmHWM") / 1024;
    host.kill9();

    host.serve();
    const auto all_done = [&] {
        const auto runs = host.runs();
        return std::all_of(runs.begin(), runs.end(),
                           [](const json& run) { return run.at("state") == "done"; });
    };
    ASSERT_TRUE(host.until(all_done));
    EXPECT_EQ(host.runs().size(), static_cast<std::size_t>(kRuns));
    const auto taken_up = memory_kib(host.process().pid(), "VmHWM") / 1024;
    std::cout << before << " MiB at first, " << in_flight << " with " << kRuns
              << " runs in flight (64 KiB each, " << kHuge << " of 1 MiB), " << taken_up
              << " when a second host took them up\n";
    if (!kSanitized) {
        EXPECT_LE(in_flight, kMaxMib);
        EXPECT_LE(taken_up, kMaxMib);
    }
}

}  // namespace
}  // namespace gantry::test::limits_test
