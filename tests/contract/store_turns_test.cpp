// What every store promises of turns, and of runs that nobody accounts for.
#include "contract/store_suite.hpp"
#include "support/mutant.hpp"

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kPatience{60'000};

Mutation mine(Store& store, std::string id, std::string turn) {
    return with_turn(accept(std::move(id), {}, store.host()), std::move(turn));
}

std::string unaccounted(Store& store) {
    std::string all;
    for (const auto& run : store.unaccounted(kPatience)) all += run.run_id + ": " + run.why + "\n";
    return all;
}

// What is claimed in the end, when each of them ends as soon as it has its turn.
std::string order_of(Store& store, const std::string& holder, const std::string& turn) {
    std::string order;
    auto outcome = post(store, ending(mine(store, holder, turn)));
    while (made_due(outcome)) {
        const auto claimed = claim_due(store).runs.at(0);
        EXPECT_TRUE(claimed.holds_turn);
        order += claimed.run.id + " ";
        outcome = post(store, ending(of_claimed(claimed)));
    }
    return order;
}

TEST_P(StoreContract, one_run_holds_a_turn_and_the_others_wait_without_their_steps) {
    EXPECT_TRUE(committed(post(*store_, mine(*store_, "r1", "mug"))));
    auto second = mine(*store_, "r2", "mug");
    second.run.deadline_at = 1'000'000;
    second.events = {{1, 1, "begun", "{}"}};
    EXPECT_TRUE(waits(post(*store_, second)));
    const auto row = *store_->run("r2");
    EXPECT_EQ(row.status, RunStatus::kWaiting);
    EXPECT_FALSE(row.owner);
    EXPECT_EQ(row.waits_for, "turn: mug");
    EXPECT_EQ(row.wake_at, 1'000'000) << "it may run out of time meanwhile";
    EXPECT_TRUE(store_->steps("r2").empty());
    EXPECT_TRUE(store_->events("r2").empty());
    EXPECT_TRUE(committed(post(*store_, mine(*store_, "r3", "cup")))) << "another value";
    auto other = mine(*store_, "r4", "mug");
    other.run.workflow = "v";
    EXPECT_TRUE(committed(post(*store_, other))) << "another workflow";
}

TEST_P(StoreContract, turns_come_in_the_order_of_acceptance) {
    for (const char* id : {"m", "z", "a", "k"}) post(*store_, mine(*store_, id, "mug"));
    EXPECT_EQ(order_of(*store_, "m", "mug"), "z a k ");
    EXPECT_TRUE(committed(post(*store_, mine(*store_, "new", "mug")))) << "nobody holds it then";
    for (const char* id : {"m2", "z2", "a2"}) post(*store_, mine(*store_, id, "cup"));
    test::without_guard("turns", [&] { EXPECT_NE(order_of(*store_, "m2", "cup"), "z2 a2 "); });
}

TEST_P(StoreContract, a_failed_run_gives_its_turn_up_and_a_paused_one_keeps_it) {
    post(*store_, mine(*store_, "r1", "mug"));
    post(*store_, mine(*store_, "r2", "mug"));
    auto pauses = next(mine(*store_, "r1", "mug"));
    pauses.run.status = RunStatus::kPaused;
    pauses.run.owner.reset();
    pauses.run.waits_for = "person: asked";
    EXPECT_FALSE(made_due(post(*store_, pauses)));
    EXPECT_FALSE(store_->run("r2")->wake_at);
    EXPECT_TRUE(made_due(post(*store_, ending(pauses, RunStatus::kFailed))));
    EXPECT_TRUE(store_->run("r2")->wake_at);
}

TEST_P(StoreContract, a_failed_run_that_is_tried_again_takes_its_turn_where_it_is_free) {
    post(*store_, mine(*store_, "r1", "mug"));
    post(*store_, ending(mine(*store_, "r1", "mug"), RunStatus::kFailed));
    const auto again = claim(*store_, "r1", /*take_turn=*/true);
    EXPECT_TRUE(again.taken->holds_turn);
    EXPECT_TRUE(waits(post(*store_, mine(*store_, "r2", "mug"))))
        << "it is over, and being retried";
    store_->release();
    EXPECT_TRUE(claim_due(*store_).runs.at(0).holds_turn) << "it was given up: r2 has it";
    const auto late = claim(*store_, "r1", /*take_turn=*/true);
    EXPECT_FALSE(late.taken->holds_turn);
}

TEST_P(StoreContract, who_waits_when_the_turn_has_just_become_free_is_due) {
    post(*store_, mine(*store_, "r1", "mug"));
    post(*store_, ending(mine(*store_, "r1", "mug"), RunStatus::kFailed));
    post(*store_, mine(*store_, "r2", "mug"));
    const auto claimed = claim(*store_, "r1", /*take_turn=*/true);
    ASSERT_FALSE(claimed.taken->holds_turn);
    EXPECT_FALSE(made_due(post(*store_, ending(mine(*store_, "r2", "mug")))));
    auto wait = of_claimed(*claimed.taken);
    wait.run.status = RunStatus::kWaiting;
    wait.run.finished_at.reset();
    wait.run.owner.reset();
    wait.run.waits_for = "turn: mug";
    EXPECT_TRUE(made_due(post(*store_, wait))) << "nobody will ever give it the turn";
    EXPECT_EQ(claim_due(*store_).runs.size(), 1U);
}

TEST_P(StoreContract, an_end_sent_again_says_again_whose_turn_it_is) {
    post(*store_, mine(*store_, "r1", "mug"));
    post(*store_, mine(*store_, "r2", "mug"));
    const auto end = ending(mine(*store_, "r1", "mug"));
    EXPECT_TRUE(made_due(post(*store_, end)));
    EXPECT_TRUE(made_due(post(*store_, end))) << "the answer of the first one may be lost";
    EXPECT_EQ(claim_due(*store_).runs.size(), 1U);
    EXPECT_FALSE(made_due(post(*store_, end)));
}

TEST_P(StoreContract, an_accept_sent_again_does_not_pass_those_before_it) {
    post(*store_, mine(*store_, "r1", "mug"));
    auto second = mine(*store_, "r2", "mug");
    EXPECT_TRUE(waits(post(*store_, second)));
    EXPECT_TRUE(waits(post(*store_, second)));
    ++second.run.revision;
    EXPECT_TRUE(waits(post(*store_, second))) << "its caller thought that it was under way";
    EXPECT_FALSE(store_->run("r2")->owner);
    EXPECT_TRUE(store_->steps("r2").empty());
}

TEST_P(StoreContract, who_runs_out_of_time_in_the_queue_is_claimed_without_its_turn) {
    post(*store_, mine(*store_, "r1", "mug"));
    auto second = mine(*store_, "r2", "mug");
    second.run.deadline_at = store_->now() - 1;
    post(*store_, second);
    post(*store_, mine(*store_, "r3", "mug"));
    const auto due = claim_due(*store_);
    ASSERT_EQ(due.runs.size(), 1U);
    EXPECT_FALSE(due.runs[0].holds_turn);
    post(*store_, ending(of_claimed(due.runs[0]), RunStatus::kReverted));
    EXPECT_EQ(order_of(*store_, "r1", "mug"), "r3 ");
}

TEST_P(StoreContract, a_turn_of_a_run_that_was_erased_is_free) {
    post(*store_, mine(*store_, "r1", "mug"));
    auto over = ending(mine(*store_, "r1", "mug"));
    over.run.turn.reset();  // a writer that does not say which turn it gives up
    post(*store_, over);
    EXPECT_EQ(store_->erase(RunStatus::kDone, 100, 10), 1U);
    EXPECT_TRUE(committed(post(*store_, mine(*store_, "r2", "mug"))));
}

TEST_P(StoreContract, every_run_that_somebody_or_something_goes_on_with_is_accounted_for) {
    const auto now = store_->now();
    post(*store_, mine(*store_, "owned", "mug"));
    post(*store_, mine(*store_, "queued", "mug"));
    post(*store_, parked("due", RunStatus::kWaiting, "delay: a", now - 5));
    post(*store_, parked("later", RunStatus::kWaiting, "time: a", now + 500'000));
    for (const char* kind :
         {"signal", "plugin", "person", "configuration", "poison", "restored", "store"}) {
        post(*store_, parked(kind, RunStatus::kPaused, std::string(kind) + ": x"));
    }
    post(*store_, accept("over"));
    post(*store_, ending(accept("over")));
    EXPECT_EQ(unaccounted(*store_), "");
}

TEST_P(StoreContract, a_run_that_nobody_goes_on_with_is_named_with_the_reason) {
    post(*store_, accept("theirs"));
    post(*store_, parked("lost", RunStatus::kInvoking, ""));
    post(*store_, parked("odd", RunStatus::kWaiting, "time: a"));
    post(*store_, parked("late", RunStatus::kWaiting, "time: a", store_->now() - 100'000));
    post(*store_, with_turn(parked("queued", RunStatus::kWaiting, "turn: mug"), "cup"));
    auto turnless = next(parked("stuck", RunStatus::kWaiting, "turn: mug"));
    turnless.accept = true;
    post(*store_, turnless);
    const auto all = store_->unaccounted(kPatience);
    std::map<std::string, std::string> why;
    for (const auto& run : all) why[run.run_id] = run.why;
    EXPECT_NE(why["theirs"].find("host-1"), std::string::npos);
    EXPECT_NE(why["lost"].find("no reason"), std::string::npos);
    EXPECT_NE(why["odd"].find("time: a"), std::string::npos);
    EXPECT_NE(why["late"].find("nobody took it up"), std::string::npos);
    EXPECT_NE(why["stuck"].find("nobody holds"), std::string::npos);
    EXPECT_EQ(why.count("queued"), 0U) << "its turn was free: it is due";
    EXPECT_EQ(all.size(), 5U);
}

}  // namespace
}  // namespace gantry::host
