// What every store promises of who goes on with a run.
#include "contract/store_suite.hpp"

namespace gantry::host {
namespace {

TEST_P(StoreContract, what_a_dead_host_held_becomes_due_once) {
    ASSERT_TRUE(committed(post(*store_, accept("open"))));
    ASSERT_TRUE(committed(post(*store_, accept("mine", {}, store_->host()))));
    post(*store_, accept("over"));
    ASSERT_TRUE(committed(post(*store_, ending(accept("over")))));
    const auto before = store_->now();
    EXPECT_EQ(store_->sweep(10), 1U);
    EXPECT_EQ(store_->sweep(10), 0U) << "each run is moved once";
    const auto swept = *store_->run("open");
    EXPECT_EQ(swept.fence, 1);
    EXPECT_EQ(swept.crashes, 0);
    EXPECT_GE(swept.wake_at.value_or(0), before);
    EXPECT_FALSE(swept.owner);
    EXPECT_EQ(store_->run("mine")->fence, 0);
    EXPECT_EQ(store_->run("over")->fence, 0);
}

TEST_P(StoreContract, only_runs_that_were_owned_are_suspected) {
    ASSERT_TRUE(committed(post(*store_, accept("theirs"))));
    store_->suspect({"theirs", "nobody"});
    EXPECT_EQ(store_->run("theirs")->crashes, 1);
    EXPECT_EQ(store_->sweep(10), 1U);
    store_->suspect({"theirs"});
    EXPECT_EQ(store_->run("theirs")->crashes, 1) << "nobody owned it";
}

TEST_P(StoreContract, sweeping_takes_no_more_than_it_may_and_the_next_sweep_the_rest) {
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(committed(post(*store_, accept("r" + std::to_string(i)))));
    }
    EXPECT_EQ(store_->sweep(2), 2U);
    EXPECT_EQ(store_->sweep(2), 2U);
    EXPECT_EQ(store_->sweep(2), 1U);
    EXPECT_EQ(store_->sweep(2), 0U);
}

TEST_P(StoreContract, due_runs_are_claimed_once_the_longest_due_first) {
    const auto now = store_->now();
    for (const int ago : {20, 40, 30}) {
        post(*store_, parked("r" + std::to_string(ago), RunStatus::kWaiting, "time: a", now - ago));
    }
    post(*store_, parked("later", RunStatus::kWaiting, "time: a", now + 60'000));
    const auto first = claim_due(*store_, true, 2);
    ASSERT_EQ(first.runs.size(), 2U);
    EXPECT_EQ(first.runs[0].run.id, "r40");
    EXPECT_EQ(first.runs[0].run.fence, 1);
    EXPECT_EQ(first.runs[0].run.owner, store_->host());
    EXPECT_EQ(first.runs[0].run.wake_at, now - 40) << "what it was";
    EXPECT_EQ(first.runs[0].run.input, R"({"a":1})");
    EXPECT_EQ(first.runs[0].steps.at(0).path, "a");
    EXPECT_TRUE(first.runs[0].holds_turn);
    EXPECT_EQ(first.runs[1].run.id, "r30");
    EXPECT_EQ(first.next, now - 20);
    EXPECT_FALSE(store_->run("r40")->wake_at);
    const auto second = claim_due(*store_);
    ASSERT_EQ(second.runs.size(), 1U);
    EXPECT_EQ(second.next, now + 60'000);
    EXPECT_TRUE(claim_due(*store_).runs.empty());
}

TEST_P(StoreContract, suspects_are_claimed_one_at_a_time) {
    for (const char* id : {"r1", "r2"}) ASSERT_TRUE(committed(post(*store_, accept(id))));
    store_->suspect({"r1", "r2"});
    ASSERT_EQ(store_->sweep(10), 2U);
    EXPECT_TRUE(claim_due(*store_, false).runs.empty());
    EXPECT_EQ(claim_due(*store_).runs.size(), 1U);
    EXPECT_EQ(claim_due(*store_).runs.size(), 1U);
}

TEST_P(StoreContract, a_suspect_whose_time_is_to_come_is_the_next_one) {
    const auto now = store_->now();
    auto later = parked("r1", RunStatus::kWaiting, "time: a", now + 60'000);
    later.run.crashes = 1;
    post(*store_, later);
    EXPECT_EQ(claim_due(*store_).next, now + 60'000);
    auto due = parked("r2", RunStatus::kWaiting, "time: a", now - 1);
    due.run.crashes = 1;
    post(*store_, due);
    EXPECT_EQ(claim_due(*store_, false).next, now + 60'000)
        << "r2 is due, and another one is being tried";
}

TEST_P(StoreContract, a_run_that_nobody_owns_is_claimed_by_its_id_once) {
    post(*store_, parked("r1", RunStatus::kPaused, "person: asked"));
    put_signal(*store_, "r1", {"s1", "go", "1", 5});
    const auto claimed = claim(*store_, "r1");
    ASSERT_TRUE(claimed.taken);
    EXPECT_EQ(claimed.taken->run.fence, 1);
    EXPECT_EQ(claimed.taken->steps.size(), 1U);
    EXPECT_EQ(claimed.taken->signals.size(), 1U);
    const auto again = claim(*store_, "r1");
    EXPECT_FALSE(again.taken);
    EXPECT_EQ(again.there->owner, store_->host()) << "it is owned now";
    EXPECT_TRUE(again.there->input.empty());
    const auto nobody = claim(*store_, "nobody");
    EXPECT_FALSE(nobody.taken || nobody.there || nobody.error);
}

TEST_P(StoreContract, one_that_is_done_is_claimed_with_its_turn_and_one_that_is_reverted_is_not) {
    for (const auto status : {RunStatus::kFailed, RunStatus::kDone, RunStatus::kReverted}) {
        const std::string id(to_string(status));
        post(*store_, accept(id));
        post(*store_, ending(accept(id), status));
        EXPECT_EQ(claim(*store_, id, false).taken.has_value(), status == RunStatus::kFailed) << id;
    }
    EXPECT_FALSE(claim(*store_, "reverted", /*take_turn=*/true).taken);
    EXPECT_EQ(claim(*store_, "done", false).there->status, RunStatus::kDone);
    EXPECT_TRUE(claim(*store_, "done", /*take_turn=*/true).taken);
}

TEST_P(StoreContract, runs_that_are_owned_or_over_are_not_due) {
    auto owned = accept("r1");
    owned.run.wake_at = 5;
    post(*store_, owned);
    auto over = ending(accept("r2"), RunStatus::kReverted);
    over.run.wake_at = 5;
    post(*store_, accept("r2"));
    post(*store_, over);
    const auto due = claim_due(*store_);
    EXPECT_TRUE(due.runs.empty());
    EXPECT_FALSE(due.next);
}

TEST_P(StoreContract, a_released_run_is_due_and_what_was_written_for_it_before_is_stale) {
    const auto held = accept("r1", {}, store_->host());
    ASSERT_TRUE(committed(post(*store_, held)));
    ASSERT_TRUE(committed(post(*store_, accept("theirs"))));
    store_->release();
    EXPECT_FALSE(store_->run("r1")->owner);
    EXPECT_EQ(store_->run("r1")->crashes, 0);
    EXPECT_TRUE(store_->run("theirs")->owner);
    EXPECT_TRUE(stale(post(*store_, next(held)))) << "a held write may not take the row back";
    EXPECT_EQ(claim_due(*store_).runs.size(), 1U);
}

TEST_P(StoreContract, runs_that_wait_for_a_plugin_are_woken_together) {
    post(*store_, parked("r1", RunStatus::kWaiting, "plugin: erp is not here"));
    post(*store_, parked("r2", RunStatus::kWaiting, "plugins: another kind"));
    post(*store_, parked("r3", RunStatus::kWaiting, "signal: plugin:"));
    store_->wake("plugin");
    const auto due = claim_due(*store_);
    ASSERT_EQ(due.runs.size(), 1U);
    EXPECT_EQ(due.runs[0].run.id, "r1");
}

TEST_P(StoreContract, delays_stay_spans_of_time_when_the_clock_is_set) {
    const auto at = store_->now() + 60'000;
    auto delayed = parked("delayed", RunStatus::kWaiting, "delay: step a", at);
    delayed.run.deadline_at = at + 5'000;
    delayed.steps[0].wake_at = at;
    delayed.steps.push_back(step_row("sleep"));
    delayed.steps[1].module.clear();
    delayed.steps[1].wake_at = at;
    post(*store_, delayed);
    post(*store_, parked("sleeps", RunStatus::kWaiting, "time: step a", at));
    store_->move_delays(-50'000);
    EXPECT_EQ(store_->run("delayed")->wake_at, at - 50'000);
    EXPECT_EQ(store_->run("sleeps")->wake_at, at) << "a sleep keeps wall time";
    EXPECT_EQ(store_->steps("delayed")[0].wake_at, at - 50'000);
    EXPECT_EQ(store_->steps("delayed")[1].wake_at, at);
    store_->move_delays(90'000);
    EXPECT_EQ(store_->run("delayed")->wake_at, at + 5'000) << "no later than its deadline";
}

TEST_P(StoreContract, a_delay_that_was_moved_with_the_clock_is_bounded_when_that_is_set_back) {
    const auto now = store_->now();
    auto delayed = parked("delayed", RunStatus::kWaiting, "delay: step a", now + 1'000);
    delayed.run.updated_at = now;
    delayed.steps[0].wake_at = now + 1'000;
    post(*store_, delayed);
    store_->move_delays(7'200'000);  // and the host ends; by the clock of the next nothing happened
    EXPECT_EQ(store_->run("delayed")->wake_at, now + 7'201'000);
    store_->bound_delays();
    const auto bound = *store_->run("delayed");
    EXPECT_LE(bound.updated_at, store_->now());
    EXPECT_EQ(bound.wake_at, bound.updated_at + 1'000);
    EXPECT_EQ(store_->steps("delayed")[0].wake_at, bound.wake_at) << "the next host cuts it alike";
    store_->bound_delays();
    EXPECT_EQ(store_->run("delayed")->wake_at, bound.wake_at);
}

}  // namespace
}  // namespace gantry::host
