// Calls that do not come back: what they held is free again, and they are counted.
#include "hang_rig.hpp"

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::call_of;
using test::HangRig;
using test::script;

TEST(Stuck, a_step_that_never_returns_is_given_up_and_others_of_its_module_go_on) {
    HangRig rig;
    const auto end = rig.give_up(script({rig.hang()}));
    EXPECT_EQ(end.error->code(), GANTRY_E_DEADLINE);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_MAYBE_APPLIED);
    EXPECT_EQ(rig.container.module("top").stuck, 1U);
    EXPECT_EQ(rig.container.stuck().count(), 1U);
    EXPECT_FALSE(test::get(rig.begin(script({})).ended).error) << "its only slot is free";
}

TEST(Stuck, who_returns_after_all_is_no_longer_counted_and_frees_no_slot_twice) {
    HangRig rig;
    rig.give_up(script({rig.hang()}));
    rig.let_go();
    EXPECT_EQ(rig.container.module("top").stuck, 0U);
    EXPECT_EQ(rig.container.stuck().count(), 0U);
    auto& slots = rig.container.module("top").slots();
    EXPECT_TRUE(slots.take(Timers::Clock::now()));
    EXPECT_FALSE(slots.take(Timers::Clock::now())) << "max_concurrency is 1";
}

TEST(Stuck, the_log_names_plugin_step_and_run_and_says_when_a_late_answer_is_dropped) {
    testing::internal::CaptureStderr();
    {
        HangRig rig;
        rig.give_up(script({rig.hang()}));
    }
    const auto log = testing::internal::GetCapturedStderr();
    const auto lost = log.find("step probe of plugin probe does not return");
    ASSERT_NE(lost, std::string::npos) << log;
    EXPECT_NE(log.find("run=run-1", lost), std::string::npos) << log;
    EXPECT_NE(log.find("late answer: step probe of plugin probe", lost), std::string::npos) << log;
}

TEST(Stuck, a_service_that_hangs_counts_with_its_caller_and_both_slots_are_free) {
    HangRig rig;
    const auto deep = script({call_of("inner.look", script({rig.hang()}))});
    const auto begun = rig.begin(deep, {.timeout = milliseconds(2000)});
    EXPECT_EQ(test::get(begun.ended).error->code(), GANTRY_E_DEADLINE);
    EXPECT_EQ(rig.container.module("top").stuck, 1U);
    EXPECT_EQ(rig.container.module("middle").stuck, 0U);
    EXPECT_FALSE(test::get(rig.begin(script({call_of("inner.look")})).ended).error);
    EXPECT_EQ(rig.seen("middle").at("most_inside"), 2) << "one hangs, one has passed it";
}

TEST(Stuck, a_call_from_outside_that_hangs_is_counted_and_its_slot_is_free) {
    HangRig rig;
    std::thread outside([&] {
        const auto end =
            rig.container.call("leaf", "look", script({rig.hang()}).dump(), "", milliseconds(500));
        ASSERT_TRUE(end.error);
        EXPECT_EQ(end.error->code(), GANTRY_E_DEADLINE);
    });
    rig.wait_until_inside("leaf");
    EXPECT_FALSE(rig.call("leaf", "see", json::object()).error) << "waited for the only slot";
    rig.let_go();
    outside.join();
    EXPECT_EQ(rig.container.stuck().count(), 0U);
}

TEST(Stuck, a_step_that_answered_in_time_and_never_returns_ends_with_its_answer) {
    HangRig rig;
    // In time it is on a busy machine, too.
    const auto begun =
        rig.begin(script({{{"complete", 1}}, rig.hang()}), {.timeout = milliseconds(1000)});
    const auto end = test::get(begun.ended);
    EXPECT_FALSE(end.error);
    EXPECT_EQ(end.output, "1");
    EXPECT_EQ(rig.container.module("top").stuck, 1U);
}

TEST(Stuck, a_lost_thread_is_replaced) {
    HangRig rig(Pool::Settings{.threads = 1});
    rig.give_up(script({rig.hang()}));
    EXPECT_FALSE(test::get(rig.begin(script({})).ended).error);
}

TEST(Stuck, no_more_threads_are_replaced_than_there_were) {
    Pool pool(Pool::Settings{.threads = 1});
    for (int i = 0; i < 5; ++i) pool.replace_one();
    std::promise<void> go;
    const auto gone = go.get_future().share();
    std::atomic<int> inside{0}, most{0}, left{4};
    const auto all = std::make_shared<std::promise<void>>();
    const auto two = std::make_shared<std::promise<void>>();
    for (int i = 0; i < 4; ++i) {
        pool.submit([&] {
            if (++inside == 2) two->set_value();
            gone.wait();
            most = std::max<int>(most, inside);
            if (--left == 0) all->set_value();
        });
    }
    test::get(two);
    std::this_thread::sleep_for(milliseconds(20));  // a third one would come in
    EXPECT_EQ(inside, 2);
    go.set_value();
    test::get(all);
    pool.stop();
}

TEST(Stuck, more_than_four_or_a_tenth_of_the_threads_are_too_many_and_said_once) {
    HangRig rig(Pool::Settings{.threads = 16});
    EXPECT_EQ(rig.container.stuck().limit(), 4U);
    EXPECT_EQ(Stuck(64, rig.log).limit(), 6U);
    std::vector<std::string> said;
    rig.container.stuck().on_too_many([&](const std::string& plugin) { said.push_back(plugin); });
    for (int i = 0; i < 4; ++i) rig.give_up(script({rig.hang()}));
    EXPECT_TRUE(said.empty());
    rig.give_up(script({rig.hang()}));
    rig.give_up(script({rig.hang()}));
    EXPECT_EQ(said, std::vector<std::string>{"probe"});
}

}  // namespace
}  // namespace gantry::host
