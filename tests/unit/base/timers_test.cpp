// Callbacks at their time, alarms that are set again, and what a callback throws.
#include "base/timers.hpp"

#include "base/may_block.hpp"

#include <gtest/gtest.h>

#include <future>
#include <new>
#include <stdexcept>

namespace gantry::host {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kPatience{60};

bool came(std::future<void> future) {
    return future.wait_for(kPatience) == std::future_status::ready;
}

TEST(Timers, what_is_due_first_comes_first_whenever_it_was_added) {
    Timers timers;
    std::string order;
    std::promise<void> all;
    const auto now = Timers::Clock::now();
    timers.at(now + milliseconds(600), [&] {
        order += 'b';
        all.set_value();
    });
    timers.at(now + milliseconds(300), [&] { order += 'a'; });
    EXPECT_TRUE(came(all.get_future()));
    EXPECT_EQ(order, "ab");
}

TEST(Timers, what_is_cancelled_does_not_come) {
    Timers timers;
    std::promise<void> later;
    bool came_all_the_same = false;
    const auto id = timers.after(milliseconds(500), [&] { came_all_the_same = true; });
    timers.after(milliseconds(550), [&] { later.set_value(); });
    EXPECT_TRUE(timers.cancel(id));
    EXPECT_FALSE(timers.cancel(id));
    EXPECT_TRUE(came(later.get_future()));
    EXPECT_FALSE(came_all_the_same);
}

TEST(Timers, an_alarm_rings_each_time_it_is_set_and_only_the_last_time_counts) {
    Timers timers;
    std::mutex mutex;
    std::condition_variable rang;
    int rings = 0;
    const auto alarm = timers.alarm([&] {
        const std::lock_guard lock(mutex);
        ++rings;
        rang.notify_all();
    });
    const auto wait_for = [&](int count) {
        std::unique_lock lock(mutex);
        return rang.wait_for(lock, kPatience, [&] { return rings == count; });
    };
    timers.set(alarm, Timers::Clock::now() + hours(1));
    timers.set(alarm, Timers::Clock::now());
    EXPECT_TRUE(wait_for(1));
    timers.set(alarm, Timers::Clock::time_point::min());
    EXPECT_TRUE(wait_for(2));
    EXPECT_TRUE(timers.cancel(alarm));
    timers.set(alarm, Timers::Clock::now());
    std::promise<void> after;
    timers.after({}, [&] { after.set_value(); });
    EXPECT_TRUE(came(after.get_future()));
    EXPECT_EQ(rings, 2);
}

TEST(Timers, what_finds_no_memory_is_called_again) {
    Timers timers;
    int once = 0, alarmed = 0;
    std::promise<void> both_once, both_alarm;
    timers.after({}, [&] {
        if (++once == 1) throw std::bad_alloc();
        both_once.set_value();
    });
    const auto alarm = timers.alarm([&] {
        if (++alarmed == 1) throw std::bad_alloc();
        both_alarm.set_value();
    });
    timers.set(alarm, Timers::Clock::now());
    EXPECT_TRUE(came(both_once.get_future()));
    EXPECT_TRUE(came(both_alarm.get_future()));
    EXPECT_EQ(once, 2);
    EXPECT_EQ(alarmed, 2);
}

TEST(Timers, what_a_callback_throws_is_told_and_the_next_ones_come) {
    std::promise<std::string> told;
    Timers timers([&](const std::string& what) { told.set_value(what); });
    std::promise<void> next;
    timers.after({}, [] { throw std::runtime_error("a defect"); });
    timers.after({}, [&] { next.set_value(); });
    EXPECT_EQ(told.get_future().get(), "a defect");
    EXPECT_TRUE(came(next.get_future()));
}

TEST(Timers, what_a_dropped_callback_holds_may_use_the_timers_when_it_is_freed) {
    auto timers = std::make_unique<Timers>();
    const auto other = timers->after(hours(1), [] {});
    const std::shared_ptr<int> held(new int, [&timers = *timers, other](const int* number) {
        timers.cancel(other);
        delete number;
    });
    timers->after(hours(1), [held] {});
    timers->stop();
}

#ifndef NDEBUG
TEST(TimersDeathTest, a_callback_may_not_block) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            Timers timers;
            std::promise<void> never;
            timers.after({}, [] { about_to_block("a test"); });
            never.get_future().wait_for(kPatience);
        },
        "the timer may not block, and was about to wait for a test");
}
#endif

}  // namespace
}  // namespace gantry::host
