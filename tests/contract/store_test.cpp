// What every store promises of writes, asked of a file and of memory alike.
#include "contract/store_suite.hpp"

#include "support/mutant.hpp"

#include <atomic>
#include <latch>
#include <thread>

namespace gantry::host {
namespace {

TEST_P(StoreContract, what_was_accepted_is_read_back_whole) {
    auto mutation = accept("r1", "key");
    mutation.run.pins = R"({"m":{"plugin":"p","version":"1.0.0"}})";
    mutation.run.error = "{}";
    mutation.run.deadline_at = 99;
    mutation.run.forked_from = "r0";
    mutation.steps[0].undo_input = "null";
    mutation.steps[0].under_way = true;
    mutation.steps[0].so_far = Effect::kSomething;
    mutation.steps[0].bugs = 2;
    mutation.steps[0].asked_ms = 300;
    ASSERT_TRUE(committed(post(*store_, mutation)));
    const auto run = store_->run("r1");
    ASSERT_TRUE(run);
    EXPECT_EQ(run->workflow, "w");
    EXPECT_EQ(run->pins, mutation.run.pins);
    EXPECT_EQ(run->idem_key, "key");
    EXPECT_EQ(run->status, RunStatus::kInvoking);
    EXPECT_EQ(run->input, R"({"a":1})");
    EXPECT_FALSE(run->output);
    EXPECT_EQ(run->owner, "host-1");
    EXPECT_EQ(run->created_at, 10);
    EXPECT_EQ(run->revision, 1);
    EXPECT_EQ(run->deadline_at, 99);
    EXPECT_EQ(run->forked_from, "r0");
    EXPECT_EQ(run->error, "{}");
    const auto steps = store_->steps("r1");
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].path, "a");
    EXPECT_EQ(steps[0].undo_input, "null") << "null is data";
    EXPECT_FALSE(steps[0].result) << "and absent is not null";
    EXPECT_TRUE(steps[0].under_way);
    EXPECT_EQ(steps[0].so_far, Effect::kSomething);
    EXPECT_EQ(steps[0].bugs, 2);
    EXPECT_EQ(steps[0].asked_ms, 300);
    EXPECT_FALSE(store_->run("r2"));
}

TEST_P(StoreContract, a_known_key_gives_the_earlier_run_and_writes_nothing) {
    ASSERT_TRUE(committed(post(*store_, accept("r1", "key"))));
    const auto outcome = post(*store_, accept("r2", "key"));
    ASSERT_TRUE(std::holds_alternative<Known>(outcome));
    EXPECT_EQ(std::get<Known>(outcome).run.id, "r1");
    EXPECT_FALSE(store_->run("r2"));
    EXPECT_TRUE(store_->steps("r2").empty());
    auto other = accept("r3", "key");
    other.run.workflow = "v";
    EXPECT_TRUE(committed(post(*store_, other))) << "a key belongs to its workflow";
}

bool says(const Metrics& metrics, const std::string& line) {
    return metrics.text().find("\n" + line + "\n") != std::string::npos;
}

TEST_P(StoreContract, what_it_commits_and_what_it_refuses_is_counted) {
    auto mutation = accept("r1");
    ASSERT_TRUE(committed(post(*store_, mutation)));
    EXPECT_TRUE(says(metrics_, "gantry_commit_seconds_count 1"));
    EXPECT_TRUE(says(metrics_, "gantry_commit_batch_sum 1"));
    EXPECT_TRUE(says(metrics_, "gantry_stale_writes_total 0"));
    mutation = next(mutation);
    mutation.run.fence = -1;
    ASSERT_TRUE(std::holds_alternative<Stale>(post(*store_, mutation)));
    EXPECT_TRUE(says(metrics_, "gantry_stale_writes_total 1"));
    EXPECT_EQ(store_->write_queue(), 0U);
}

// Whether a write under an old fence is refused, whole.
bool fence_guards(Store& store, const std::string& id) {
    auto old = accept(id);
    if (!committed(post(store, old))) return false;
    if (store.sweep(10) != 1) return false;
    old = next(old);
    old.run.status = RunStatus::kDone;
    old.steps[0].status = StepStatus::kDone;
    return stale(post(store, old)) && store.run(id)->status == RunStatus::kInvoking &&
           store.steps(id)[0].status == StepStatus::kStarted;
}

TEST_P(StoreContract, a_stale_fence_writes_nothing) {
    EXPECT_TRUE(fence_guards(*store_, "r1"));
    auto newer = next(accept("r1"));
    newer.run.fence = 1;
    newer.run.status = RunStatus::kDone;
    EXPECT_TRUE(committed(post(*store_, newer)));
    EXPECT_EQ(store_->run("r1")->status, RunStatus::kDone);
    test::without_guard("fence", [&] { EXPECT_FALSE(fence_guards(*store_, "r2")); });
}

// Whether a write that arrives after a newer one of the same run changes nothing.
bool revision_guards(Store& store, const std::string& id) {
    const auto first = accept(id);
    auto second = next(first);
    second.steps = {step_row("a", StepStatus::kDone), step_row("b")};
    const auto third = ending(second);
    for (const auto& write : {first, second, third}) {
        if (!committed(post(store, write))) return false;
    }
    return committed(post(store, second)) && store.run(id)->status == RunStatus::kDone &&
           store.run(id)->revision == 3;
}

TEST_P(StoreContract, a_write_that_comes_late_changes_nothing_and_counts_as_written) {
    EXPECT_TRUE(revision_guards(*store_, "r1"));
    test::without_guard("revision", [&] { EXPECT_FALSE(revision_guards(*store_, "r2")); });
}

TEST_P(StoreContract, an_accept_that_comes_late_changes_nothing) {
    const auto first = accept("r1", "key");
    post(*store_, first);
    auto second = next(first);
    second.steps[0].status = StepStatus::kDone;
    ASSERT_TRUE(committed(post(*store_, second)));
    EXPECT_TRUE(committed(post(*store_, first)));
    EXPECT_EQ(store_->steps("r1")[0].status, StepStatus::kDone);
    EXPECT_EQ(store_->run("r1")->revision, 2);
    ASSERT_EQ(store_->sweep(10), 1U);
    EXPECT_TRUE(stale(post(*store_, first))) << "somebody else goes on with it";
    EXPECT_EQ(store_->steps("r1")[0].status, StepStatus::kDone);
}

TEST_P(StoreContract, an_accept_sent_again_with_more_in_it_writes_the_rest) {
    auto mutation = accept("r1", "key");
    post(*store_, mutation);
    ++mutation.run.revision;
    mutation.run.status = RunStatus::kDone;
    mutation.run.finished_at = 20;
    mutation.steps[0].status = StepStatus::kDone;
    EXPECT_TRUE(committed(post(*store_, mutation)));
    EXPECT_EQ(store_->run("r1")->status, RunStatus::kDone);
    EXPECT_EQ(store_->steps("r1")[0].status, StepStatus::kDone);
}

TEST_P(StoreContract, an_event_sent_again_is_there_once_and_at_its_place) {
    auto mutation = accept("r1");
    mutation.events = {{2, 7, "second", "{}"}, {1, 7, "first", R"({"for":"x"})"}};
    post(*store_, mutation);
    mutation = next(mutation);
    mutation.events.push_back({3, 8, "third", "{}"});
    post(*store_, mutation);
    const auto events = store_->events("r1");
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0].kind, "first");
    EXPECT_EQ(events[0].detail, R"({"for":"x"})");
    EXPECT_EQ(events[2].seq, 3);
}

TEST_P(StoreContract, writing_the_same_twice_is_writing_it_once) {
    auto mutation = accept("r1", "key");
    EXPECT_TRUE(committed(post(*store_, mutation)));
    EXPECT_TRUE(committed(post(*store_, mutation)));
    mutation = next(mutation);
    mutation.steps[0].status = StepStatus::kDone;
    mutation.steps[0].result = "1";
    mutation.steps.push_back(step_row("b"));
    EXPECT_TRUE(committed(post(*store_, mutation)));
    EXPECT_TRUE(committed(post(*store_, mutation)));
    EXPECT_EQ(store_->steps("r1").size(), 2U);
    EXPECT_EQ(store_->count({}), 1);
}

TEST_P(StoreContract, a_write_that_breaks_a_rule_does_not_break_its_neighbours) {
    constexpr int kRuns = 100;
    std::latch done(kRuns);
    std::atomic<int> good{0};
    std::atomic<int> bad{0};
    for (int i = 0; i < kRuns; ++i) {
        auto mutation = accept("r" + std::to_string(i));
        if (i % 10 == 3) mutation.run.def_hash = "no such definition";
        store_->post(std::move(mutation), [&](const Outcome& o) {
            const auto* error = std::get_if<Error>(&o);
            if (committed(o)) ++good;
            if (error != nullptr && error->code() == GANTRY_E_INTERNAL &&
                error->flags() == GANTRY_EF_NOT_APPLIED) {
                ++bad;
            }
            done.count_down();
        });
    }
    done.wait();
    EXPECT_EQ(good, 90);
    EXPECT_EQ(bad, 10);
    EXPECT_EQ(store_->count({}), 90);
    EXPECT_TRUE(store_->steps("r3").empty()) << "all of a mutation or nothing";
}

TEST_P(StoreContract, many_threads_write_and_each_is_told_its_own_outcome) {
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i) {
                const auto id = std::to_string(t) + "-" + std::to_string(i);
                auto mutation = accept(id);
                if (!committed(post(*store_, mutation))) ++wrong;
                mutation = next(mutation);
                mutation.run.fence = i % 2;  // every second one is stale
                if (committed(post(*store_, mutation)) != (i % 2 == 0)) ++wrong;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(store_->count({}), 400);
}

TEST_P(StoreContract, a_definition_is_written_once_and_kept) {
    store_->put_definition({"hash", "w", "another text"});
    EXPECT_EQ(store_->definition("hash")->body, R"({"name":"w"})");
    EXPECT_FALSE(store_->definition("nobody"));
}

TEST_P(StoreContract, a_signal_is_kept_once_and_consumed_with_what_uses_it) {
    auto mutation = accept("r1");
    ASSERT_TRUE(committed(post(*store_, mutation)));
    const auto first = put_signal(*store_, "r1", {"s1", "go", "1", 5});
    EXPECT_TRUE(first.is_new);
    EXPECT_FALSE(first.known);
    EXPECT_EQ(first.run->id, "r1");
    const auto again = put_signal(*store_, "r1", {"s1", "go", "2", 6});
    EXPECT_FALSE(again.is_new);
    EXPECT_TRUE(again.known) << "the same id is one signal";
    EXPECT_FALSE(again.consumed);
    EXPECT_FALSE(put_signal(*store_, "nobody", {"s1", "go", "1", 5}).run);
    put_signal(*store_, "r1", {"s0", "go", "3", 7});
    store_->sweep(10);
    auto claimed = claim_due(*store_).runs.at(0);
    ASSERT_EQ(claimed.signals.size(), 2U);
    EXPECT_EQ(claimed.signals[0].payload, "1") << "the oldest first";
    auto uses = of_claimed(claimed);
    uses.consumed = {"s1"};
    ASSERT_TRUE(committed(post(*store_, uses)));
    store_->release();
    EXPECT_EQ(claim_due(*store_).runs.at(0).signals.at(0).id, "s0");
    const auto after = put_signal(*store_, "r1", {"s1", "go", "1", 5});
    EXPECT_TRUE(after.known) << "also once consumed";
    EXPECT_TRUE(after.consumed);
}

TEST_P(StoreContract, a_signal_makes_the_run_that_waits_for_it_due) {
    post(*store_, parked("r1", RunStatus::kWaiting, "signal: go"));
    EXPECT_FALSE(store_->run("r1")->wake_at);
    const auto before = store_->now();
    EXPECT_TRUE(put_signal(*store_, "r1", {"s1", "go", "1", 77}).is_new);
    EXPECT_GE(store_->run("r1")->wake_at.value_or(0), before);
    const auto due = claim_due(*store_);
    ASSERT_EQ(due.runs.size(), 1U);
    EXPECT_EQ(due.runs[0].signals.at(0).name, "go");
}

TEST_P(StoreContract, a_run_that_is_over_or_undoes_takes_no_signal) {
    post(*store_, parked("undoes", RunStatus::kCompensating, "delay: step a", 5));
    post(*store_, accept("over"));
    post(*store_, ending(accept("over")));
    for (const char* id : {"undoes", "over"}) {
        const auto put = put_signal(*store_, id, {"s1", "go", "1", 5});
        EXPECT_FALSE(put.is_new);
        EXPECT_FALSE(put.known);
        EXPECT_NE(put.run->status, RunStatus::kInvoking) << "the row says why";
        EXPECT_FALSE(put_signal(*store_, id, {"s1", "go", "1", 5}).known) << "it was not kept";
    }
}

INSTANTIATE_TEST_SUITE_P(, StoreContract, testing::Values("file", "memory"),
                         [](const auto& kind) { return std::string(kind.param); });

}  // namespace
}  // namespace gantry::host
