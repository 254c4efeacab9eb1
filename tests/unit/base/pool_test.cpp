// Threads that run tasks: each finds one, and none is woken without need.
#include "base/pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <numeric>

namespace gantry::host {
namespace {

TEST(Pool, tasks_that_wait_for_one_another_all_run_at_once) {
    constexpr int kThreads = 16;
    Pool pool({.threads = kThreads});
    for (int round = 0; round < 200; ++round) {
        const auto all = std::make_shared<std::latch>(kThreads + 1);
        for (int i = 0; i < kThreads; ++i) pool.submit([all] { all->arrive_and_wait(); });
        all->arrive_and_wait();
    }
}

TEST(Pool, a_task_that_queues_others_and_waits_for_them_gets_them) {
    Pool pool({.threads = 4});
    for (int round = 0; round < 200; ++round) {
        const auto over = std::make_shared<std::latch>(1);
        pool.submit([&pool, over] {
            const auto both = std::make_shared<std::latch>(2);
            for (int i = 0; i < 2; ++i) pool.submit([both] { both->count_down(); });
            both->wait();
            over->count_down();
        });
        over->wait();
    }
}

TEST(Pool, what_is_submitted_together_is_queued_at_its_end_in_order) {
    Pool one({1});
    Pool other({1});
    std::vector<int> ran;
    std::atomic<int> of_other{0};
    {
        const Pool::Together together;
        for (int i = 0; i < 100; ++i) one.submit([&ran, i] { ran.push_back(i); });
        other.submit([&of_other] { ++of_other; });
        EXPECT_EQ(one.still_for(), std::chrono::steady_clock::duration{}) << "nothing is queued";
    }
    one.stop();
    other.stop();
    std::vector<int> all(100);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(ran, all);
    EXPECT_EQ(of_other, 1);
}

TEST(Pool, what_is_submitted_before_a_stop_is_run) {
    std::atomic<int> run = 0;
    {
        Pool pool({.threads = 2});
        for (int i = 0; i < 1'000; ++i) pool.submit([&] { ++run; });
    }
    EXPECT_EQ(run, 1'000);
}

TEST(Pool, what_runs_here_may_not_block_where_the_pool_may_not_and_lets_nothing_out) {
    std::string said;
    Pool pool(
        {.threads = 1, .may_block = false, .on_escape = [&](const auto& what) { said = what; }});
    pool.run_here([] { throw std::runtime_error("broken"); });
    EXPECT_EQ(said, "broken");
}

}  // namespace
}  // namespace gantry::host
