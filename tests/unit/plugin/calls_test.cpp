// Numbers of calls: who is late or over finds nothing.
#include "plugin/calls.hpp"

#include "base/carry_on.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

namespace gantry::host {
namespace {

std::shared_ptr<ActiveCall> opened(Calls& calls) {
    auto call = std::make_shared<ActiveCall>();
    calls.open(call);
    return call;
}

Error refusal() { return {GANTRY_E_REJECTED, "no", GANTRY_EF_NOT_APPLIED}; }

TEST(Calls, a_number_is_never_given_twice) {
    Calls calls;
    std::mutex mutex;
    std::set<gantry_call> numbers;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 500; ++i) {
                const auto call = opened(calls);
                if (i % 2 == 0) calls.close(call, {});
                const std::lock_guard lock(mutex);
                numbers.insert(call->number);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(numbers.size(), 2000U);
    EXPECT_FALSE(numbers.contains(GANTRY_NO_CALL));
}

TEST(Calls, a_closed_call_is_not_found_and_keeps_its_first_end) {
    Calls calls;
    const auto call = opened(calls);
    EXPECT_EQ(calls.find(call->number), call);
    EXPECT_TRUE(calls.close(call, {"1", {}, {}}));
    EXPECT_EQ(calls.find(call->number), nullptr);
    EXPECT_FALSE(calls.close(call, {"2", {}, {}}));
    EXPECT_EQ(call->end.output, "1");
    EXPECT_EQ(calls.find(GANTRY_NO_CALL), nullptr);
    EXPECT_EQ(calls.find(call->number + 1), nullptr) << "a number that nobody has yet";
}

TEST(Calls, of_many_who_close_a_call_one_ends_it) {
    Calls calls;
    const auto call = opened(calls);
    std::atomic<int> ended{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] { ended += calls.close(call, {std::to_string(t), {}, {}}); });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(ended, 1);
}

TEST(Calls, a_late_call_is_not_found) {
    Calls calls;
    const auto call = opened(calls);
    call->deadline = Timers::Clock::now();
    EXPECT_EQ(calls.find(call->number), nullptr);
}

TEST(Calls, a_nested_call_is_late_when_the_one_it_serves_is) {
    Calls calls;
    const auto outer = std::make_shared<ActiveCall>();
    const auto middle = std::make_shared<ActiveCall>();
    middle->parent = outer;
    const auto inner = std::make_shared<ActiveCall>();
    inner->parent = middle;
    calls.open(inner);
    EXPECT_EQ(calls.find(inner->number), inner);
    outer->deadline = Timers::Clock::now();
    EXPECT_EQ(calls.find(inner->number), nullptr);
}

TEST(Calls, an_error_says_not_applied_only_when_nothing_it_called_was_changed) {
    Calls calls;
    const auto pure = opened(calls);
    calls.close(pure, {{}, {}, refusal()});
    EXPECT_EQ(pure->end.error->flags(), GANTRY_EF_NOT_APPLIED);
    const auto wrote = opened(calls);
    wrote->wrote = true;
    calls.close(wrote, {{}, {}, refusal()});
    EXPECT_EQ(wrote->end.error->flags(), 0U);
    EXPECT_EQ(wrote->end.error->message(), "no");
}

TEST(RecordUndo, waits_no_longer_than_its_call_may_take_and_a_late_answer_harms_nobody) {
    std::function<void(std::optional<Error>)> done;
    {
        ActiveCall outer, call;
        call.what = "step a";
        call.record = [&](const std::string&, auto answer) { done = std::move(answer); };
        call.parent = std::shared_ptr<ActiveCall>(&outer, [](ActiveCall*) {});
        outer.deadline = Timers::Clock::now() + std::chrono::milliseconds(20);
        try {
            record_undo(call, "1");
            FAIL() << "nothing was durable";
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), GANTRY_E_DEADLINE);
            EXPECT_EQ(e.error_class(), GANTRY_CLASS_STOPPED);
        }
        EXPECT_FALSE(call.undo_recorded);
    }
    done(std::nullopt);
}

TEST(RecordUndo, a_commit_that_its_thread_made_itself_and_that_took_too_long_is_no_success) {
    ActiveCall call;
    call.what = "step a";
    call.deadline = Timers::Clock::now() + std::chrono::milliseconds(20);
    call.record = [&](const std::string&, const auto& done) {
        EXPECT_TRUE(CarryOn::leave([&call, done] {
            std::this_thread::sleep_until(call.deadline);  // a disk that takes so long
            done(std::nullopt);
        }));
    };
    try {
        record_undo(call, "1");
        FAIL() << "it would go on and overtake its own undo";
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_DEADLINE);
    }
    EXPECT_FALSE(call.undo_recorded);
}

TEST(RecordUndo, is_answered_by_a_thread_that_needs_none_of_the_plugins) {
    ActiveCall call;
    std::thread engine;
    call.record = [&](const std::string&, const auto& done) {
        engine = std::thread([done] { done(std::nullopt); });
    };
    record_undo(call, "1");
    EXPECT_TRUE(call.undo_recorded);
    engine.join();
}

}  // namespace
}  // namespace gantry::host
