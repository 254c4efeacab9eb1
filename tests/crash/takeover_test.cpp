// A thousand runs of a dead host, and starts that die while they take them over: each run is moved
// once, and none is left behind.
#include "support/ledger_host.hpp"
#include "support/sanitizers.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

namespace gantry::test::takeover_test {
namespace {

constexpr int kRuns = 1'000;
constexpr int kBatch = 200;  // that a sweep takes at once
constexpr int kClients = 16;

class Takeover : public testing::Test {
protected:
    void leave_runs() {
        host_.serve();
        std::vector<std::thread> clients;
        for (int client = 0; client < kClients; ++client) {
            clients.emplace_back([this, client] {
                for (int i = client; i < kRuns; i += kClients) {
                    const auto key = "run-" + std::to_string(i);
                    EXPECT_EQ(host_.start("nap", key, {{"nap", "1h"}}, /*wait=*/false).status, 202);
                }
            });
        }
        for (auto& client : clients) client.join();
        ASSERT_TRUE(host_.until([&] { return host_.oracle().counts().waiting == kRuns; }));
        host_.kill9();
        host_.leave_open();
        EXPECT_EQ(count("owner NOT NULL AND fence = 0"), kRuns);
    }

    void die_between(int batch) {
        host_.arm("sweep.between:" + std::to_string(batch) + ":kill");
        host_.try_serve();  // it takes over when it is there, and may be seen so
        ASSERT_TRUE(host_.process().wait(std::chrono::seconds(60)));
        EXPECT_EQ(host_.process().exit_code(), -SIGKILL);
        host_.arm("");
    }

    int count(const std::string& which) const {
        SQLite::Database store(host_.dir() / "data/gantry.db", SQLite::OPEN_READONLY, 10'000);
        return store.execAndGet("SELECT count(*) FROM run WHERE " + which).getInt();
    }

    LedgerHost host_;
};

TEST_F(Takeover, is_over_when_the_host_first_answers) {
    leave_runs();
    host_.arm("sweep.between:1:hang:3000");
    host_.serve();  // until it is ready
    EXPECT_EQ(count("fence = 0"), 0) << "not yet taken over";
    host_.arm("");
    EXPECT_EQ(host_.stop(), 0) << host_.log();
}

TEST_F(Takeover, that_dies_between_two_batches_is_ended_by_the_next_start) {
    leave_runs();
    die_between(1);
    EXPECT_EQ(count("owner IS NULL AND wake_at NOT NULL AND fence = 1"), kBatch);
    EXPECT_EQ(count("owner NOT NULL AND fence = 0"), kRuns - kBatch);
    die_between(2);
    EXPECT_EQ(count("owner IS NULL AND wake_at NOT NULL AND fence = 1"), 3 * kBatch);
    EXPECT_EQ(count("owner NOT NULL AND fence = 0"), kRuns - 3 * kBatch);

    host_.serve();
    ASSERT_TRUE(host_.settle(std::chrono::seconds(kSanitized ? 120 : 60)));
    EXPECT_EQ(count("status = 'done'"), kRuns);
    EXPECT_EQ(count("owner NOT NULL"), 0);
    EXPECT_EQ(count("fence = 2 AND crashes = 0"), kRuns) << "moved once, claimed once";
    EXPECT_EQ(host_.check(), std::vector<std::string>{});
    EXPECT_EQ(host_.oracle().counts().calls, 2 * kRuns);
    EXPECT_EQ(host_.stop(), 0);
}

}  // namespace
}  // namespace gantry::test::takeover_test
