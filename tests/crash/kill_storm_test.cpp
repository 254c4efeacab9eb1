// Two hundred kills at random moments of many runs, 64 clients at once: nothing that was
// acknowledged is lost, and every effect belongs to a run that is done, or was undone.
#include "support/ledger_host.hpp"
#include "support/sanitizers.hpp"
#include "support/seed.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <iostream>
#include <thread>

namespace gantry::test::kill_storm_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr int kRuns = kSanitized ? 2'000 : 20'000;
constexpr int kKills = kSanitized ? 20 : 200;
constexpr int kClients = 64;

// One of the workflows and ways through them, the same for each try of the run.
struct Wish {
    explicit Wish(int number) : key("run-" + std::to_string(number)), waits(number % 4 == 0) {
        switch (number % 10) {
            case 0:
                workflow = "three";
                scripts = {{"c", {{"do", "refuse"}}}};
                break;
            case 1:
                scripts = {{"b", {{"do", "unknown"}}}};
                break;
            case 2:
                workflow = "once";
                break;
            case 3:
                workflow = "three";
                break;
            default:
                break;
        }
    }
    std::string key;
    std::string workflow = "two";
    json scripts = json::object();
    bool waits;
};

// Clients that ask until they have an answer, whatever becomes of the host meanwhile.
class Clients {
public:
    explicit Clients(LedgerOracle& oracle) : oracle_(oracle) {
        for (int i = 0; i < kClients; ++i) threads_.emplace_back([this] { work(); });
    }
    ~Clients() { join(); }

    void host_is_at(int port) {
        {
            const std::lock_guard lock(mutex_);
            port_ = port;
            ++life_;
        }
        changed_.notify_all();
    }
    void join() {
        for (auto& thread : threads_) thread.join();
        threads_.clear();
    }

    std::atomic<int> begun{0};
    std::atomic<int> answered{0};
    std::atomic<int> asked{0};

private:
    void work() {
        for (int number = 0; (number = begun++) < kRuns;) {
            const Wish wish(number);
            int life = 0;
            while (!ask(wish, next_life(life))) continue;
            ++answered;
        }
    }

    // The host that runs, if it is not that of `life`; else the next one.
    int next_life(int& life) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return life_ > life; });
        life = life_;
        return port_;
    }

    bool ask(const Wish& wish, int port) {
        HttpHeaders headers = {{"Idempotency-Key", wish.key}};
        if (!wish.waits) headers.emplace_back("Prefer", "wait=0");
        ++asked;
        const auto answer = send_http(
            port, {"POST", "/" + wish.workflow, ledger_input(wish.scripts).dump(), headers});
        if (answer.status == 0) return false;
        const auto body = json::parse(answer.body, nullptr, false);
        const bool accepted = answer.status == 200 || (body.is_object() && body.contains("run_id"));
        EXPECT_TRUE(accepted) << answer.status << " " << answer.body;
        if (accepted) oracle_.acknowledged(wish.key);
        return true;
    }

    LedgerOracle& oracle_;
    std::mutex mutex_;
    std::condition_variable changed_;
    int port_ = 0;
    int life_ = 0;
    std::vector<std::thread> threads_;
};

class KillStorm : public testing::Test {
protected:
    KillStorm() { host_.serve(); }

    // Runs that three kills in a row hit: a person lets them go on. How many there were.
    std::size_t resume_poisoned() {
        std::size_t resumed = 0;
        for (;;) {
            EXPECT_TRUE(host_.settle(seconds(240)));
            const auto now = host_.resume_paused();
            if (now == 0) return resumed;
            resumed += now;
        }
    }

    LedgerHost host_;
};

TEST_F(KillStorm, at_two_hundred_random_moments_loses_no_acknowledged_run_and_no_effect) {
    std::mt19937 random(seed());
    const auto began = Clock::now();
    const auto lap = [&] {
        return std::chrono::duration_cast<milliseconds>(Clock::now() - began).count();
    };
    Clients clients(host_.oracle());
    for (int kill = 0; kill < kKills; ++kill) {
        clients.host_is_at(host_.port());
        host_.process().wait(milliseconds(draw(random, 10, 500)));
        host_.kill9();
        host_.serve();
    }
    std::cout << kKills << " kills in " << lap() << " ms, meanwhile " << clients.begun
              << " runs begun, " << clients.answered << " answered\n";
    clients.host_is_at(host_.port());
    clients.join();
    std::cout << "all answered after " << lap() << " ms\n";
    const auto poisoned = resume_poisoned();
    std::cout << "all over after " << lap() << " ms\n";
    EXPECT_EQ(host_.check(), std::vector<std::string>{});
    const auto counts = host_.oracle().counts();
    std::cout << counts.runs << " runs asked for " << clients.asked << " times, " << counts.calls
              << " calls, " << counts.applied << " effects, " << counts.undone << " undone, "
              << poisoned << " set aside and resumed; checked after " << lap() << " ms\n";
    EXPECT_EQ(counts.runs, kRuns);
    EXPECT_EQ(clients.answered, kRuns);
    EXPECT_GT(clients.asked, kRuns + kKills) << "the kills hit nobody";
    EXPECT_EQ(host_.stop(), 0);
}

}  // namespace
}  // namespace gantry::test::kill_storm_test
