// Slots of a module: never more than there are, nested calls first, and no way to deadlock.
#include "plugin/slots.hpp"

#include "probe_rig.hpp"

#include <set>

namespace gantry::host {
namespace {

using Clock = std::chrono::steady_clock;
using test::kPatience;

bool nothing() { return true; }

TEST(Slots, more_than_there_are_wait_until_one_is_released) {
    Slots slots(2);
    int told = 0;
    EXPECT_TRUE(slots.take_or_queue(nothing));
    EXPECT_TRUE(slots.take_or_queue(nothing));
    ASSERT_FALSE(slots.take_or_queue([&] { return ++told > 0; }));
    EXPECT_FALSE(slots.take(Clock::now())) << "nor for a nested call, once its time is over";
    EXPECT_EQ(told, 0);
    slots.release();
    EXPECT_EQ(told, 1);
    EXPECT_TRUE(slots.take_or_queue(nothing));
    EXPECT_FALSE(slots.take_or_queue(nothing));
}

TEST(Slots, who_wants_none_any_more_and_who_passes_it_on_leave_it_to_the_next) {
    Slots slots(1);
    std::vector<int> told;
    ASSERT_TRUE(slots.take_or_queue(nothing));
    for (const int who : {1, 2, 3}) {
        slots.take_or_queue([&told, who] {
            told.push_back(who);
            return who != 1;
        });
    }
    slots.release();
    EXPECT_EQ(told, (std::vector<int>{1, 2}));
    slots.pass_on();
    EXPECT_EQ(told, (std::vector<int>{1, 2, 3}));
}

TEST(Slots, who_was_told_and_comes_too_late_keeps_its_place) {
    Slots slots(1);
    std::vector<int> told;
    const auto queued = [&](int who) {
        return [&told, who] {
            told.push_back(who);
            return true;
        };
    };
    ASSERT_TRUE(slots.take_or_queue(nothing));
    slots.take_or_queue(queued(1));
    slots.take_or_queue(queued(2));
    slots.release();
    ASSERT_TRUE(slots.take_or_queue(nothing)) << "somebody else was faster";
    ASSERT_FALSE(slots.take_or_queue(queued(1), true));
    slots.release();
    EXPECT_EQ(told, (std::vector<int>{1, 1}));
}

TEST(Slots, a_nested_call_goes_before_a_queued_step) {
    // Whether the nested call waits yet when the slot is released cannot be seen from outside, and
    // without it the queued step is right to go. So: often enough that it has happened.
    bool nested_was_first = false;
    for (int round = 0; round < 2000 && !nested_was_first; ++round) {
        Pool pool;
        Slots slots(1);
        std::atomic<bool> here{false};
        std::atomic<int> next{1};
        int nested = 0;
        const auto queued = std::make_shared<std::promise<int>>();
        ASSERT_TRUE(slots.take_or_queue(nothing));
        std::function<void()> step;
        const auto again = [&] {
            pool.submit(step);
            return true;
        };
        step = [&] {
            if (!slots.take_or_queue(again, true)) return;
            queued->set_value(next++);
            slots.release();
        };
        ASSERT_FALSE(slots.take_or_queue(again));
        std::thread calling([&] {
            here = true;
            ASSERT_TRUE(slots.take(Clock::now() + kPatience));
            nested = next++;
            slots.release();
        });
        while (!here) std::this_thread::yield();
        for (int i = 0; i < round; ++i) std::this_thread::yield();
        slots.release();
        const int step_came = test::get(queued);
        calling.join();
        pool.stop();
        nested_was_first = nested < step_came;
    }
    EXPECT_TRUE(nested_was_first);
}

TEST(Slots, a_call_that_finds_none_has_changed_nothing_and_may_be_made_again) {
    test::ProbeRig rig;
    auto& slots = rig.container.module("leaf").slots();
    ASSERT_TRUE(slots.take(Clock::now()));
    const auto end = rig.container.call("leaf", "see", "{}", "", std::chrono::milliseconds(100));
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->error_class(), GANTRY_CLASS_RETRYABLE);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_NE(end.error->message().find("it takes 1 calls at once"), std::string::npos)
        << end.error->message();
    slots.release();
    EXPECT_FALSE(rig.call("leaf", "see", json::object()).error);
}

TEST(Slots, many_more_tasks_than_threads_and_slots_all_run_and_never_too_many_at_once) {
    Pool pool(Pool::Settings{.threads = 4});
    Slots outer(3);
    Slots inner(1);
    constexpr int kTasks = 500;
    std::atomic<int> inside_outer{0}, inside_inner{0}, too_many{0}, left{kTasks};
    const auto all = std::make_shared<std::promise<void>>();
    std::function<void()> task;
    const auto again = [&] {
        pool.submit(task);
        return true;
    };
    task = [&] {
        if (!outer.take_or_queue(again)) return;
        if (++inside_outer > 3) ++too_many;
        EXPECT_TRUE(inner.take(Clock::now() + kPatience));
        if (++inside_inner > 1) ++too_many;
        --inside_inner;
        inner.release();
        --inside_outer;
        outer.release();
        if (--left == 0) all->set_value();
    };
    for (int i = 0; i < kTasks; ++i) pool.submit(task);
    test::get(all);
    pool.stop();
    EXPECT_EQ(too_many, 0);
}

TEST(Slots, sixty_four_queued_steps_of_one_slot_each_calling_through_two_more_all_end) {
    test::ProbeRig rig(Pool::Settings{.threads = 4});
    const auto deep =
        test::script({test::call_of("inner.put", test::script({test::call_of("inner.put")}))});
    constexpr int kSteps = 64;
    std::atomic<int> left{kSteps}, failed{0};
    const auto all = std::make_shared<std::promise<void>>();
    for (int i = 0; i < kSteps; ++i) {
        StepCall call;
        call.run_id = "run-" + std::to_string(i);
        call.module = "top";
        call.name = "probe";
        call.key = call.run_id + "/step";
        call.input = deep.dump();
        call.timeout = kPatience;
        const auto ended = [&](const StepEnd& end) {
            if (end.error) ++failed;
            if (--left == 0) all->set_value();
        };
        rig.steps.attempt(std::move(call), {rig.record, [] {}, ended})->begin();
    }
    test::get(all);
    EXPECT_EQ(failed, 0);
    const auto keys = rig.keys("leaf");
    EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), std::size_t{kSteps});
    for (const char* module : {"top", "middle", "leaf"}) {
        EXPECT_EQ(rig.seen(module).at("most_inside"), 1) << module;
    }
}

TEST(Slots, a_step_waits_while_another_one_of_its_module_runs) {
    test::ProbeRig rig;
    std::promise<std::function<void(std::optional<Error>)>> recording;
    rig.record = [&](const std::string&, auto done) { recording.set_value(std::move(done)); };
    const auto first = rig.begin(test::script({{{"undo", 1}}}));
    const auto recorded = recording.get_future().get();  // the first one is inside now
    const auto second = rig.begin(test::script({}));
    auto end = second.ended->get_future();
    EXPECT_EQ(end.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    recorded(std::nullopt);
    EXPECT_FALSE(test::get(first.ended).error);
    ASSERT_EQ(end.wait_for(kPatience), std::future_status::ready);
    EXPECT_FALSE(end.get().error);
}

}  // namespace
}  // namespace gantry::host
