// Threads shared between modules: nobody takes all, nobody is forgotten.
#include "plugin/fair_threads.hpp"

#include "support/plugin_rig.hpp"

#include <future>
#include <set>

namespace gantry::host {
namespace {

using test::kPatience;

/// Tasks that stay until the test lets them go.
class Threads {
public:
    explicit Threads(std::size_t threads) : pool(Pool::Settings{.threads = threads}) {}
    ~Threads() {
        let_go(all_);
        pool.stop();
    }

    /// A task of that module, by a number of its own.
    int add(int module) {
        const int task = ++last_;
        fair.submit(std::to_string(module), std::to_string(module), [this, task](const auto& hold) {
            std::unique_lock lock(mutex_);
            begun_.push_back(task);
            holds_[task] = hold;
            changed_.notify_all();
            changed_.wait(lock, [&] { return free_.contains(task) || free_.contains(all_); });
            over_.insert(task);
            changed_.notify_all();
        });
        return task;
    }
    void let_go(int task) {
        const std::lock_guard lock(mutex_);
        free_.insert(task);
        changed_.notify_all();
    }
    void give_up(int task) {
        std::shared_ptr<FairThreads::Hold> hold;
        {
            const std::lock_guard lock(mutex_);
            hold = holds_.at(task);
        }
        hold->give_up();
    }
    bool wait_until_begun(std::size_t count) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, kPatience, [&] { return begun_.size() >= count; });
    }
    std::vector<int> begun() {
        const std::lock_guard lock(mutex_);
        return begun_;
    }

    Pool pool;
    FairThreads fair{pool};

private:
    static constexpr int all_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<int> begun_;
    std::map<int, std::shared_ptr<FairThreads::Hold>> holds_;
    std::set<int> free_, over_;
    int last_ = 0;
};

TEST(FairThreads, what_a_task_submits_at_its_end_runs_on_its_thread_and_the_rest_beside) {
    Pool pool(Pool::Settings{.threads = 8});
    FairThreads fair(pool);
    std::promise<std::thread::id> first;
    std::promise<std::thread::id> next;
    std::promise<std::thread::id> other;
    std::promise<void> other_has_run;
    fair.submit("m", "a", [&](const auto& hold) {
        const FairThreads::Ending ending(*hold);
        first.set_value(std::this_thread::get_id());
        fair.submit("m", "a", [&](const auto&) {
            next.set_value(std::this_thread::get_id());
            other_has_run.get_future()
                .wait();  // which needs another thread, if this is the first one
        });
        fair.submit("m", "b", [&](const auto&) {
            other.set_value(std::this_thread::get_id());
            other_has_run.set_value();
        });
    });
    const auto of_first = first.get_future().get();
    const auto of_next = next.get_future().get();
    const auto of_other = other.get_future().get();
    EXPECT_TRUE(of_next == of_first || of_other == of_first);
    pool.stop();
    EXPECT_EQ(fair.running(), 0U);
}

TEST(FairThreads, one_module_takes_three_quarters_and_another_finds_one_at_once) {
    Threads threads(64);
    for (int i = 0; i < 1000; ++i) threads.add(0);
    EXPECT_EQ(threads.fair.running(), 48U);
    EXPECT_EQ(threads.fair.waiting(), 952U);
    ASSERT_TRUE(threads.wait_until_begun(48));
    const int other = threads.add(1);
    ASSERT_TRUE(threads.wait_until_begun(49));
    EXPECT_EQ(threads.begun().back(), other);
}

TEST(FairThreads, two_modules_that_take_what_they_can_leave_a_seventh) {
    Threads threads(70);
    for (int i = 0; i < 200; ++i) {
        threads.add(0);
        threads.add(1);
    }
    EXPECT_EQ(threads.fair.running(), 60U) << "3/7 each";
}

TEST(FairThreads, while_they_rest_none_begins_and_what_still_runs_is_named) {
    Threads threads(4);
    const int first = threads.add(0);
    const int lost = threads.add(1);
    ASSERT_TRUE(threads.wait_until_begun(2));
    {
        FairThreads::Rest rest(threads.fair);
        const int waits = threads.add(2);
        EXPECT_EQ(rest.wait(std::chrono::milliseconds(1)), "0, 1");
        threads.let_go(first);
        threads.give_up(lost);
        while (threads.fair.running() > 0) std::this_thread::yield();
        EXPECT_EQ(rest.wait(std::chrono::milliseconds(1)),
                  "a call that was given up and has not returned");
        threads.let_go(lost);
        EXPECT_EQ(rest.wait(kPatience), "");
        EXPECT_EQ(threads.begun().size(), 2U);
        EXPECT_EQ(threads.fair.waiting(), 1U);
        threads.let_go(waits);
    }
    EXPECT_TRUE(threads.wait_until_begun(3));
}

TEST(FairThreads, a_pool_of_one_thread_serves_all_in_turn) {
    Threads threads(1);
    const int first = threads.add(0), second = threads.add(0), other = threads.add(1);
    threads.let_go(first);
    ASSERT_TRUE(threads.wait_until_begun(2));
    EXPECT_EQ(threads.begun(), (std::vector<int>{first, other})) << "who came last goes last";
    threads.let_go(other);
    ASSERT_TRUE(threads.wait_until_begun(3));
    EXPECT_EQ(threads.begun().back(), second);
}

TEST(FairThreads, who_waits_begins_when_a_task_of_another_module_ends) {
    Threads threads(4);
    std::vector<int> greedy;
    for (int i = 0; i < 4; ++i) greedy.push_back(threads.add(0));
    const int other = threads.add(1);
    EXPECT_EQ(threads.fair.running(), 4U);
    EXPECT_EQ(threads.fair.waiting(), 1U);
    ASSERT_TRUE(threads.wait_until_begun(4));
    threads.let_go(greedy[0]);
    ASSERT_TRUE(threads.wait_until_begun(5)) << "the module's own last one";
    threads.let_go(other);
    EXPECT_EQ(threads.begun().back(), greedy[3]);
}

TEST(FairThreads, tasks_of_one_module_begin_in_their_order) {
    Threads threads(2);
    std::vector<int> tasks;
    for (int i = 0; i < 20; ++i) tasks.push_back(threads.add(0));
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        ASSERT_TRUE(threads.wait_until_begun(i + 1));
        threads.let_go(tasks[i]);
    }
    auto begun = threads.begun();
    std::sort(begun.begin(), begun.end());
    EXPECT_EQ(begun, tasks);
}

TEST(FairThreads, a_thread_that_is_given_up_is_replaced_and_counts_for_nobody) {
    Threads threads(2);
    const int hung = threads.add(0), also = threads.add(0);
    ASSERT_TRUE(threads.wait_until_begun(2));
    const int next = threads.add(0);
    EXPECT_EQ(threads.fair.waiting(), 1U);
    threads.give_up(hung);
    threads.give_up(hung);
    ASSERT_TRUE(threads.wait_until_begun(3));
    EXPECT_EQ(threads.begun().back(), next);
    EXPECT_EQ(threads.fair.running(), 2U);
    threads.let_go(hung);  // comes back, and has no part in the count
    threads.let_go(next);
    threads.let_go(also);
    const int last = threads.add(1);
    ASSERT_TRUE(threads.wait_until_begun(4));
    threads.let_go(last);
}

TEST(FairThreads, many_shares_of_one_module_that_take_what_they_can_leave_an_eighth) {
    Pool pool(Pool::Settings{.threads = 64});
    FairThreads fair(pool);
    std::promise<void> free;
    const auto go_on = free.get_future().share();
    for (int i = 0; i < 200; ++i) {
        fair.submit("module", "step " + std::to_string(i % 40),
                    [go_on](const auto&) { go_on.wait(); });
    }
    EXPECT_EQ(fair.running(), 56U);
    const auto other = std::make_shared<std::promise<void>>();
    fair.submit("other", "other", [other](const auto&) { other->set_value(); });
    test::get(other);
    free.set_value();
    pool.stop();
    EXPECT_EQ(fair.running(), 0U);
}

TEST(FairThreads, a_task_that_throws_loses_no_thread_and_no_turn) {
    std::promise<std::string> escaped;
    Pool pool(Pool::Settings{
        .threads = 1, .on_escape = [&](const std::string& what) { escaped.set_value(what); }});
    FairThreads fair(pool);
    const auto next = std::make_shared<std::promise<void>>();
    fair.submit("module", "module", [](const auto&) { throw std::runtime_error("a defect"); });
    fair.submit("module", "module", [next](const auto&) { next->set_value(); });
    test::get(next);
    EXPECT_EQ(escaped.get_future().get(), "a defect");
    pool.stop();
    EXPECT_EQ(fair.running(), 0U);
}

TEST(FairThreads, no_task_is_forgotten_however_they_come_and_end) {
    Pool pool(Pool::Settings{.threads = 8});
    FairThreads fair(pool);
    constexpr int kTasks = 20'000;
    std::atomic<int> left{kTasks}, inside{0}, most{0};
    const auto all = std::make_shared<std::promise<void>>();
    std::vector<std::thread> sources;
    for (int source = 0; source < 4; ++source) {
        sources.emplace_back([&, source] {
            for (int i = 0; i < kTasks / 4; ++i) {
                const auto name = std::to_string((i + source) % 5);
                fair.submit(name, name, [&](const auto&) {
                    const int now = ++inside;
                    for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
                    }
                    --inside;
                    if (--left == 0) all->set_value();
                });
            }
        });
    }
    for (auto& source : sources) source.join();
    test::get(all);
    pool.stop();
    EXPECT_LE(most, 8);
    EXPECT_EQ(fair.running(), 0U);
    EXPECT_EQ(fair.waiting(), 0U);
}

}  // namespace
}  // namespace gantry::host
