// Programs that do not end are given up, and cost nobody else anything.
#include "flow/expressions.hpp"

#include "base/may_block.hpp"
#include "flow/expression.hpp"
#include "flow/jq.hpp"
#include "support/until.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>
#include <thread>

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kSoon{60};  // what was given up runs when nothing else does

// Work that ends when it is told to.
class Gate {
public:
    std::function<void()> work() {
        return [open = open_] { open->wait(false); };
    }
    void open() {
        *open_ = true;
        open_->notify_all();
    }

private:
    std::shared_ptr<std::atomic<bool>> open_ = std::make_shared<std::atomic<bool>>(false);
};

TEST(Expressions, one_that_does_not_end_is_given_up_and_counted_until_it_comes_back) {
    Expressions all({milliseconds(100), 4});
    Gate gate;
    const auto began = steady_clock::now();
    EXPECT_FALSE(all.run(gate.work()));
    EXPECT_GE(steady_clock::now() - began, milliseconds(100));
    EXPECT_EQ(all.stuck(), 1U);
    EXPECT_TRUE(all.run([] {}));
    gate.open();
    EXPECT_TRUE(test::until([&] { return all.stuck() == 0; }, kSoon));
}

TEST(Expressions, threads_are_kept_and_as_many_as_are_needed) {
    Expressions all({std::chrono::seconds(5), 4});
    std::set<std::thread::id> used;
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(all.run([&] { used.insert(std::this_thread::get_id()); }));
    }
    EXPECT_EQ(used.size(), 1U);
    EXPECT_FALSE(used.contains(std::this_thread::get_id()));
}

TEST(Expressions, those_that_do_not_end_cost_the_others_neither_threads_nor_time) {
    Expressions all({std::chrono::seconds(1), 2});
    Gate gate;
    std::vector<std::thread> callers;
    std::atomic<int> given_up{0};
    for (int i = 0; i < 6; ++i) {
        callers.emplace_back([&] { given_up += all.run(gate.work()) ? 0 : 1; });
    }
    std::this_thread::sleep_for(milliseconds(20));
    const auto began = steady_clock::now();
    EXPECT_TRUE(all.run([] {})) << "it does not wait for those in front of it to be given up";
    EXPECT_LT(steady_clock::now() - began, milliseconds(750));
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(given_up, 6);
    EXPECT_EQ(all.stuck(), 6U);
    gate.open();
    EXPECT_TRUE(test::until([&] { return all.stuck() == 0; }, kSoon));
}

TEST(Expressions, which_one_was_given_up_is_told_with_how_many_are_stuck) {
    Expressions all({milliseconds(1), 2});
    std::vector<std::string> told;
    all.on_given_up([&](const auto& program, std::size_t stuck) {
        told.push_back(program + " " + std::to_string(stuck));
    });
    Gate gate;
    EXPECT_FALSE(all.run(gate.work(), "first"));
    EXPECT_FALSE(all.run(gate.work(), "second"));
    EXPECT_EQ(told, (std::vector<std::string>{"first 1", "second 2"}));
    gate.open();
    EXPECT_TRUE(test::until([&] { return all.stuck() == 0; }, kSoon));
}

TEST(Expressions, an_end_waits_for_none_that_is_stuck_and_what_it_holds_stays_with_it) {
    Gate gate;
    const auto held = std::make_shared<int>(7);
    auto all = std::make_unique<Expressions>(ExpressionSettings{milliseconds(100), 4});
    EXPECT_FALSE(all->run([held, work = gate.work()] { work(); }));
    all.reset();
    EXPECT_EQ(held.use_count(), 2);
    gate.open();
    EXPECT_TRUE(test::until([&] { return held.use_count() == 1; }, kSoon));
}

TEST(Expressions, many_callers_at_once_all_get_their_answer) {
    Expressions all({std::chrono::seconds(30), 4});
    std::vector<std::thread> callers;
    std::atomic<int> done{0};
    for (int i = 0; i < 16; ++i) {
        callers.emplace_back([&] {
            for (int n = 0; n < 200; ++n) {
                int answer = 0;
                ASSERT_TRUE(all.run([&] { answer = n; }));
                ASSERT_EQ(answer, n);
                ++done;
            }
        });
    }
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(done, 16 * 200);
}

#ifndef NDEBUG
TEST(Expressions, a_thread_that_may_not_block_may_not_wait_for_one) {
    testing::FLAGS_gtest_death_test_style = "threadsafe";
    EXPECT_DEATH(
        {
            const MayNotBlock here("an engine thread");
            Expressions::of_process().run([] {});
        },
        "an engine thread may not block, and was about to wait for an expression");
}
#endif

// Of the process, so back to what it was.
class Limit {
public:
    explicit Limit(milliseconds limit) { Expressions::of_process().set_limit(limit); }
    ~Limit() { Expressions::of_process().set_limit(before_); }
    Limit(const Limit&) = delete;
    Limit& operator=(const Limit&) = delete;

private:
    const milliseconds before_ = Expressions::of_process().limit();
};

TEST(Expressions, a_program_that_does_not_end_fails_for_good_and_says_so) {
    const Limit limit(milliseconds(300));
    const Template endless("${ .input | until(false; .) }");
    const Template good("${ .input + 1 }");
    const auto input = [](const Reference&) { return std::string_view("1"); };
    const auto before = Expressions::of_process().stuck();
    try {
        endless.evaluate(input);
        ADD_FAILURE() << "it ended";
    } catch (const Error& e) {
        EXPECT_EQ(e.error_class(), GANTRY_CLASS_INPUT) << "asked again it would not end either";
        EXPECT_EQ(e.flags(), GANTRY_EF_NOT_APPLIED);
        EXPECT_EQ(e.message(), "\"${ .input | until(false; .) }\": it did not end within 300 ms");
    }
    EXPECT_EQ(Expressions::of_process().stuck(), before + 1);
    EXPECT_EQ(good.evaluate(input), "2");
}

TEST(Expressions, a_program_that_ends_late_is_dropped_with_its_state) {
    const Limit limit(milliseconds(100));
    const auto before = Expressions::of_process().stuck();
    {
        const JqProgram slower("reduce range(1000000) as $i (0; . + 1)");
        EXPECT_THROW(slower.run("{}"), Error);
    }
    EXPECT_TRUE(test::until([&] { return Expressions::of_process().stuck() == before; }, kSoon));
}

}  // namespace
}  // namespace gantry::host
