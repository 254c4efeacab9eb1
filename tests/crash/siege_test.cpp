// Two thousand connections of one client that stall, wait and leave, while others do their work:
// theirs is done, memory stays bounded, and all is counted. GANTRY_SOAK_SECONDS says how long.
#include "support/besieger.hpp"
#include "support/process_memory.hpp"
#include "support/sanitizers.hpp"
#include "support/shop.hpp"
#include "support/supervisor.hpp"
#include "support/timings.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>

namespace gantry::test::siege_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kConnections = 2000;
constexpr int kClients = 4;
constexpr long kMostKb = 300 * 1024;

json config() {
    auto all = shop_config();
    all["workflows"] = {"workflows/*.json"};
    all["routes"].push_back({{"method", "POST"}, {"path", "/asks"}, {"workflow", "asks"}});
    return all;
}

class Siege : public testing::Test {
protected:
    Siege() : host_(config()) {
        add_workflow(host_, "asks", {{{"wait", "go"}, {"id", "answer"}}});
        host_.serve();
        for (int i = 0; i < kClients; ++i) {
            host_.call("product", "createProducts",
                       {{"products", {{{"id", product(i)}, {"title", product(i)}}}}});
        }
    }

    static std::string product(int client) { return "prod_" + std::to_string(client); }

    // What others do, each some twenty times a second.
    Timings work(seconds length) {
        const auto end = Clock::now() + length;
        std::mutex mutex;
        Timings all;
        std::vector<std::thread> clients;
        for (int i = 0; i < kClients; ++i) {
            clients.emplace_back([&, i] {
                Timings mine;
                for (int n = 0; Clock::now() < end; ++n) {
                    const auto began = Clock::now();
                    const auto answer =
                        update(host_, product(i), {{"title", "Mug " + std::to_string(n)}});
                    EXPECT_EQ(answer.status, 200) << answer.body;
                    mine.add_since(began);
                    std::this_thread::sleep_until(began + milliseconds(50));
                }
                const std::lock_guard lock(mutex);
                all.merge(mine);
            });
        }
        for (auto& client : clients) client.join();
        return all;
    }

    HostProcess host_;
};

TEST_F(Siege, costs_others_neither_their_work_nor_the_host_its_memory) {
    const char* given = std::getenv("GANTRY_SOAK_SECONDS");  // NOLINT: no other thread runs yet
    const seconds length(given == nullptr ? 10 : std::stol(given));
    const auto before = work(std::min(length, seconds(30)));
    Timings during;
    {
        const Besieger besieger(host_.port(), kConnections, "/asks");
        ASSERT_TRUE(host_.until([&] { return besieger.turned_away() > kConnections / 10; }));
        during = work(length);
        std::printf("%llu connections opened, %llu closed by the host\n",
                    static_cast<unsigned long long>(besieger.opened()),
                    static_cast<unsigned long long>(besieger.turned_away()));
        EXPECT_GT(metric(host_, "gantry_http_connections_refused") +
                      metric(host_, "gantry_http_connections_displaced"),
                  0);
        EXPECT_GT(metric(host_, "gantry_http_connections"), 100);
    }
    std::printf("p50 %.1f → %.1f ms, p99 %.1f → %.1f ms (%.2f), %ld MB at most\n", before.p50(),
                during.p50(), before.p99(), during.p99(), during.p99() / before.p99(),
                memory_kib(host_.process().pid(), "VmHWM") / 1024);
    EXPECT_TRUE(host_.until([&] { return metric(host_, "gantry_http_clients_gone") > 0; }));
    EXPECT_TRUE(host_.until([&] { return metric(host_, "gantry_http_connections") < 20; }))
        << "places of clients that left are free";
    if (!kSanitized) {
        EXPECT_LT(memory_kib(host_.process().pid(), "VmHWM"), kMostKb);
    }
    EXPECT_EQ(host_.stop(), 0) << host_.log();
}

}  // namespace
}  // namespace gantry::test::siege_test
