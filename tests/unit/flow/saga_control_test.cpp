// What is asked of a run from outside, and what time does to it: pause, cancel, deadlines, answers,
// undos asked again, a clock that is set.
#include "saga_world.hpp"

namespace gantry::host {
namespace {

const json kTwoBranches = {{"name", "w"},
                           {"steps", {{{"parallel", {{{"step", "a"}}, {{"step", "b"}}}}}}}};

TEST(SagaControl, a_row_says_what_is_under_way_and_a_delay_is_only_a_time) {
    Held run(plan_of(line({"a"})));
    run.take(run->begin(1000));
    EXPECT_TRUE(run.row("a").under_way);
    EXPECT_FALSE(run.row("a").wake_at);
    run.ended(0, failing(GANTRY_E_UNAVAILABLE, 0), 1100);
    EXPECT_FALSE(run.row("a").under_way);
    EXPECT_EQ(run.row("a").wake_at, 1300);
    EXPECT_EQ(run.row("a").so_far, Effect::kSomething);
    EXPECT_EQ(run.row("a").asked_ms, 300) << "the call and the delay after it";
    EXPECT_FALSE(json::parse(*run.row("a").error).contains("so_far"));
    run.take(run->wake(1300));
    run.ended(0, failing(GANTRY_E_INTERNAL, GANTRY_EF_MAYBE_APPLIED), 1400);
    EXPECT_EQ(run.row("a").so_far, Effect::kUnknown);
    EXPECT_EQ(run.row("a").bugs, 1);
}

TEST(SagaControl, a_call_that_was_withdrawn_is_asked_again_with_the_same_attempt) {
    Held run(plan_of(line({"a"})));
    run.take(run->begin(1000));
    const auto change = run.ended(0, withdrawn(), 1200);
    EXPECT_TRUE(change.calls.empty());
    EXPECT_FALSE(run.row("a").under_way);
    EXPECT_EQ(run.row("a").so_far, Effect::kNothing);
    EXPECT_EQ(run.row("a").asked_ms, 0);
    EXPECT_EQ(run->next_wake(), 1200);
    const auto again = run.take(run->wake(1200));
    ASSERT_EQ(again.calls.size(), 1U);
    EXPECT_EQ(again.calls[0].attempt, 1);
}

TEST(SagaControl, a_call_that_was_withdrawn_has_nothing_to_undo) {
    Held run(plan_of(kTwoBranches));
    run.take(run->begin(1));
    const auto change = run.ended(1, refused(), 2);
    EXPECT_EQ(change.withdraw, std::vector<std::size_t>{2}) << "the other branch need not begin";
    EXPECT_TRUE(change.cancel.empty()) << "what has begun is awaited";
    run.ended(2, withdrawn(), 3);
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
    EXPECT_EQ(run.row("b").status, StepStatus::kFailed);
}

TEST(SagaControl, a_call_that_was_withdrawn_after_a_lost_reply_is_undone) {
    Held run(plan_of(kTwoBranches));
    run.take(run->begin(1));
    run.ended(2, failing(GANTRY_E_UNAVAILABLE, GANTRY_EF_MAYBE_APPLIED), 2);
    run.take(run->wake(*run->next_wake()));
    run.ended(1, refused(), 300);
    const auto change = run.ended(2, withdrawn(), 301);
    ASSERT_EQ(change.calls.size(), 1U);
    EXPECT_EQ(change.calls[0].at.task, 2U);
    EXPECT_EQ(run.row("b").status, StepStatus::kUnknown);
}

TEST(SagaControl, a_branch_that_cannot_begin_keeps_the_calls_beside_it_from_being_asked) {
    const auto plan = plan_of(
        {{"name", "w"},
         {"steps",
          {{{"parallel", {{{"step", "a"}}, {{"step", "b"}, {"with", "${ .input.x.y }"}}}}}}}});
    Held run(plan, R"({"x":1})");
    const auto change = run.take(run->begin(1));
    EXPECT_TRUE(change.calls.empty());
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
    EXPECT_FALSE(run.row("a").under_way);
}

TEST(SagaControl, a_pause_withdraws_the_calls_that_have_not_begun) {
    Held run(plan_of(kTwoBranches));
    run.take(run->begin(1));
    const auto paused = run.take(run->pause(kPausedByPerson, 2));
    EXPECT_EQ(paused.withdraw, (std::vector<std::size_t>{1, 2}));
    EXPECT_TRUE(paused.cancel.empty());
    EXPECT_FALSE(paused.stands);
    EXPECT_FALSE(run.ended(1, withdrawn(), 3).stands);
    EXPECT_TRUE(run.ended(2, kDone, 4).stands) << "that one had begun";
    EXPECT_EQ(run.run().status, RunStatus::kPaused);
    run.reload();
    const auto resumed = run.take(run->begin(5));
    ASSERT_EQ(resumed.calls.size(), 1U);
    EXPECT_EQ(resumed.calls[0].at.task, 1U);
    EXPECT_EQ(resumed.calls[0].attempt, 1);
}

TEST(SagaControl, no_undo_begins_after_a_pause) {
    Held run(plan_of(
        {{"name", "w"},
         {"steps", {{{"parallel", {{{"step", "a"}}, {{"step", "b"}}}}}, {{"step", "c"}}}}}));
    run.take(run->begin(1));
    run.ended(1, kDone, 2);
    run.ended(2, kDone, 3);
    EXPECT_EQ(run.ended(3, refused(), 4).calls.size(), 2U) << "both branches are undone at once";
    // One waits for its delay, the other is under way when the pause comes.
    run.ended(1, failing(GANTRY_E_UNAVAILABLE, 0), 5, Side::kCompensate);
    const auto paused = run.take(run->pause(kPausedByPerson, 6));
    EXPECT_EQ(paused.withdraw, std::vector<std::size_t>{2});
    EXPECT_TRUE(run.take(run->wake(5000)).calls.empty()) << "due, and the run is pausing";
    const auto stands = run.undone(2, 5001);
    EXPECT_TRUE(stands.stands);
    EXPECT_EQ(run.run().status, RunStatus::kPaused);
    run.reload();
    const auto resumed = run.take(run->begin(5002));
    ASSERT_EQ(resumed.calls.size(), 1U);
    EXPECT_EQ(resumed.calls[0].at.task, 1U);
    run.undone(1, 5003);
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

TEST(SagaControl, a_cancel_tells_the_calls_and_withdraws_those_that_have_not_begun) {
    Held run(plan_of(kTwoBranches));
    run.take(run->begin(1));
    const auto change = run.take(run->cancel(kStop, 2));
    EXPECT_EQ(change.cancel, (std::vector<std::size_t>{1, 2}));
    EXPECT_EQ(change.withdraw, (std::vector<std::size_t>{1, 2}));
    EXPECT_FALSE(run->cancel(kStop, 3)) << "that is under way";
}

TEST(SagaControl, calls_under_way_are_told_at_the_deadline) {
    Held run(plan_of(line({"a"})));
    run.stored().deadline_at = 500;
    run.reload();
    run.stored().fence = 0;
    run.reload();
    run.take(run->begin(1));
    EXPECT_EQ(run->next_wake(), 500);
    const auto change = run.take(run->wake(500));
    EXPECT_EQ(change.cancel, std::vector<std::size_t>{0});
    EXPECT_EQ(run.run().status, RunStatus::kCompensating);
    EXPECT_EQ(json::parse(*run.run().error).at("code"), "DEADLINE");
    EXPECT_FALSE(run->next_wake());
    const auto undo = run.ended(0, failing(GANTRY_E_CANCELLED, GANTRY_EF_MAYBE_APPLIED), 501);
    ASSERT_EQ(undo.calls.size(), 1U);
}

TEST(SagaControl, a_deadline_does_not_end_a_pause) {
    Held run(plan_of(line({"a"})));
    run.stored().deadline_at = 500;
    run.reload();
    run.take(run->begin(1));
    run.take(run->pause(kPausedByPerson, 2));
    EXPECT_EQ(run.take(run->wake(500)).cancel, std::vector<std::size_t>{0});
    EXPECT_TRUE(run.ended(0, kDone, 501).calls.empty()) << "no undo begins either";
    EXPECT_EQ(run.run().status, RunStatus::kPaused);
    run.reload();
    EXPECT_EQ(run.take(run->begin(502)).calls.size(), 1U);
    EXPECT_EQ(run.run().status, RunStatus::kCompensating);
}

TEST(SagaControl, a_retry_asks_all_failed_undos_also_when_the_first_one_parks) {
    Held run(plan_of(
        {{"name", "w"},
         {"steps", {{{"parallel", {{{"step", "a"}}, {{"step", "b"}}}}}, {{"step", "c"}}}}}));
    run.take(run->begin(1));
    run.ended(1, kDone, 2);
    run.ended(2, kDone, 3);
    run.ended(3, refused(), 4);
    const auto no = failing(GANTRY_E_REJECTED, 0);
    run.ended(1, no, 5, Side::kCompensate);
    run.ended(2, no, 6, Side::kCompensate);
    EXPECT_EQ(run.run().status, RunStatus::kFailed);
    run.reload();
    const auto retried = run.take(run->retry(10));
    EXPECT_EQ(retried.calls.size(), 2U);
    EXPECT_EQ(retried.calls.at(0).attempt, 2);
    EXPECT_FALSE(run.run().finished_at);
    // The first parks, and so does the other; after a restart each is still asked.
    const auto later = Error(GANTRY_E_UNAVAILABLE, "e", 0, nullptr, std::chrono::minutes(9));
    run.ended(1, {{}, {}, later}, 11, Side::kCompensate);
    EXPECT_TRUE(run.ended(2, {{}, {}, later}, 12, Side::kCompensate).stands);
    EXPECT_EQ(run.run().waits_for, "delay: step a");
    run.reload();
    EXPECT_EQ(run.take(run->begin(1'000'000)).calls.size(), 2U);
    run.undone(1, 1'000'001);
    run.undone(2, 1'000'002);
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

TEST(SagaControl, a_retried_undo_that_nobody_came_to_is_asked_after_a_restart) {
    Held run(plan_of(line({"a", "b", "c"})));
    run.take(run->begin(1));
    run.ended(0, kDone, 2);
    run.ended(1, kDone, 3);
    run.ended(2, refused(), 4);
    run.ended(1, failing(GANTRY_E_REJECTED, 0), 5, Side::kCompensate);
    run.ended(0, failing(GANTRY_E_REJECTED, 0), 6, Side::kCompensate);
    EXPECT_EQ(run.run().status, RunStatus::kFailed);
    EXPECT_EQ(run.take(run->retry(10)).calls.size(), 1U) << "b before a";
    EXPECT_EQ(run.row("a/c").status, StepStatus::kStarted);
    EXPECT_FALSE(run.row("a/c").under_way);
    const auto later = Error(GANTRY_E_UNAVAILABLE, "e", 0, nullptr, std::chrono::minutes(9));
    EXPECT_TRUE(run.ended(1, {{}, {}, later}, 11, Side::kCompensate).stands);
    run.reload();
    run.take(run->begin(1'000'000));
    EXPECT_EQ(run.undone(1, 1'000'001).calls.size(), 1U);
    run.undone(0, 1'000'002);
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

TEST(SagaControl, a_result_of_more_than_a_mebibyte_reverts_the_run) {
    auto source = line({"a"});
    source["result"] = {{"one", "${ .steps.a }"}, {"two", "${ .steps.a }"}};
    const StepEnd large{"\"" + std::string(600'000, 'x') + "\"", {}, {}};
    Held run(plan_of(source));
    run.take(run->begin(1));
    const auto change = run.ended(0, large, 2);
    ASSERT_EQ(change.calls.size(), 1U) << "a is undone";
    const auto error = json::parse(*run.run().error);
    EXPECT_EQ(error.at("code"), "TOO_LARGE");
    EXPECT_EQ(error.at("message"), "the run's result has 1200019 bytes; at most 1048576");
    EXPECT_FALSE(run.run().output);
}

TEST(SagaControl, a_result_is_too_large_also_where_its_last_step_was_supplied) {
    auto source = line({"a"});
    source["result"] = {{"one", "${ .steps.a }"}, {"two", "${ .steps.a }"}};
    Held run(plan_of(source));
    run.take(run->begin(1));
    run.ended(0, failing(GANTRY_E_AUTH, 0), 2);
    run.reload();
    run.take(
        run->supply("a", Side::kInvoke, {"\"" + std::string(600'000, 'x') + "\"", {}, {}}, 3, 0.5));
    EXPECT_EQ(run.run().status, RunStatus::kCompensating);
    EXPECT_EQ(json::parse(*run.run().error).at("code"), "TOO_LARGE");
}

TEST(SagaControl, a_condition_that_failed_does_not_count_as_not_taken) {
    Held run(plan_of({{"name", "w"},
                      {"steps",
                       {{{"id", "if"}, {"when", "${ .input.x }"}, {"then", {{"step", "a"}}}},
                        {{"step", "b"}}}}}),
             R"({"x":7})");
    run.take(run->begin(1));
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
    run.reload();
    std::vector<StepRow> rows;
    EXPECT_EQ(run->done_before("b", rows), "if");
}

TEST(SagaControl, give_up_after_counts_neither_pauses_nor_downtime) {
    Held run(plan_of(line({"a", "b"})));
    run.take(run->begin(1));
    run.ended(0, kDone, 2);
    run.ended(1, refused(), 3);
    constexpr std::int64_t kDay = 24 * 60 * 60 * 1000;
    run.ended(0, failing(GANTRY_E_AUTH, 0), 10, Side::kCompensate);
    EXPECT_EQ(run.run().status, RunStatus::kPaused);
    run.reload();
    run.take(run->begin(3 * kDay));
    run.reload();
    run.take(run->begin(6 * kDay));
    run.ended(0, failing(GANTRY_E_UNAVAILABLE, 0), 6 * kDay + 5, Side::kCompensate);
    EXPECT_EQ(run.row("a/c").status, StepStatus::kStarted) << "asked again";
    // What it was being asked counts: a call of a day, say.
    run.take(run->wake(*run->next_wake()));
    run.ended(0, failing(GANTRY_E_UNAVAILABLE, 0), 8 * kDay, Side::kCompensate);
    EXPECT_EQ(run.row("a/c").status, StepStatus::kFailed);
}

TEST(SagaControl, a_delay_lasts_as_long_when_the_clock_is_set_and_a_sleep_ends_at_its_time) {
    Held run(plan_of(
        {{"name", "w"},
         {"steps", {{{"parallel", {{{"step", "a"}}, {{"id", "nap"}, {"sleep", "1500ms"}}}}}}}}));
    run.take(run->begin(100'000));
    run.ended(1, failing(GANTRY_E_UNAVAILABLE, 0), 100'000);
    EXPECT_EQ(run->next_wake(), 100'200);
    run.take(run->clock_stepped(-50'000, 50'000));
    EXPECT_EQ(run->next_wake(), 50'200);
    EXPECT_EQ(run.take(run->wake(50'200)).calls.size(), 1U);
    EXPECT_EQ(run->next_wake(), 101'500) << "the sleep";
    run.take(run->clock_stepped(50'000, 100'150));
    run.ended(1, kDone, 100'300);
    EXPECT_EQ(run.row("a").asked_ms, 200 + 100) << "a call takes what it takes, whatever the clock";
}

TEST(SagaControl, a_delay_that_the_clock_moved_is_written_so_that_the_next_host_cuts_it_right) {
    Held run(
        plan_of({{"name", "w"}, {"steps", {{{"parallel", {{{"step", "a"}}, {{"step", "b"}}}}}}}}));
    constexpr std::int64_t kThen = 1'000'000'000;
    constexpr std::int64_t kHour = 60 * 60 * 1000;
    run.take(run->begin(kThen));
    run.ended(1, failing(GANTRY_E_UNAVAILABLE, 0), kThen);
    run.take(run->clock_stepped(-kHour, kThen - kHour));
    run.ended(2, failing(GANTRY_E_UNAVAILABLE, 0), kThen - kHour);
    run.reload();
    run.take(run->begin(kThen - 2 * kHour));
    EXPECT_LE(run->next_wake(), kThen - 2 * kHour + 1'000);
    run.take(run->wake(*run->next_wake()));
    if (run->next_wake()) run.take(run->wake(*run->next_wake()));
    EXPECT_LE(run->next_wake().value_or(0), kThen - 2 * kHour + 1'000) << "the other one, too";
}

TEST(SagaControl, a_delay_that_a_clock_moved_far_away_is_cut_when_it_is_taken_up) {
    for (const bool undo : {false, true}) {
        Held run(plan_of(line({"a", "b"})));
        constexpr std::int64_t kThen = 1'000'000'000;
        constexpr std::int64_t kHour = 60 * 60 * 1000;
        run.take(run->begin(kThen));
        const auto later = Error(GANTRY_E_UNAVAILABLE, "e", 0, nullptr, std::chrono::minutes(2));
        if (undo) {
            run.ended(0, kDone, kThen);
            run.ended(1, refused(), kThen);
        }
        run.ended(0, {{}, {}, later}, kThen, undo ? Side::kCompensate : Side::kInvoke);
        EXPECT_EQ(run.run().waits_for, "delay: step a");
        EXPECT_EQ(run.run().wake_at, kThen + 120'000);
        run.reload();
        run.take(run->begin(kThen - 100 * kHour));
        EXPECT_EQ(run.run().wake_at, kThen - 100 * kHour + 120'000) << "as long as it was to last";
        run.reload();
        run.take(run->begin(kThen - 101 * kHour));
        EXPECT_EQ(run.run().wake_at, kThen - 101 * kHour + 120'000) << "again";
    }
}

TEST(SagaControl, a_sleep_and_patience_wait_for_a_time) {
    Held nap(plan_of({{"name", "w"}, {"steps", {{{"id", "nap"}, {"sleep", "1h"}}}}}));
    nap.take(nap->begin(1));
    EXPECT_EQ(nap.run().waits_for, "time: step nap");
}

TEST(SagaControl, a_signal_to_a_run_that_reverts_or_is_over_is_not_taken) {
    Held run(plan_of(line({"a", "b"})));
    run.take(run->begin(1));
    EXPECT_TRUE(run->signalled({"s1", "go", "1", 0}, 2));
    run.ended(0, kDone, 2);
    run.ended(1, refused(), 3);
    EXPECT_FALSE(run->signalled({"s2", "go", "1", 0}, 4));
    const auto known = run->signalled({"s1", "go", "1", 0}, 4);
    ASSERT_TRUE(known);
    EXPECT_TRUE(known->is_nothing());
    run.undone(0, 5);
    EXPECT_FALSE(run->signalled({"s3", "go", "1", 0}, 6));
    run.reload();
    EXPECT_FALSE(run->signalled({"s3", "go", "1", 0}, 7));
}

}  // namespace
}  // namespace gantry::host
