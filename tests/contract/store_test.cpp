// What every store promises, asked of a file and of memory alike; then what a file adds.
#include "store/store.hpp"
#include "store/sqlite.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <latch>

namespace gantry::host {
namespace {

Outcome post(Store& store, Mutation mutation) {
    std::promise<Outcome> promise;
    store.post(std::move(mutation), [&](Outcome o) { promise.set_value(std::move(o)); });
    return promise.get_future().get();
}

bool committed(const Outcome& outcome) { return std::holds_alternative<Committed>(outcome); }

StepRow step_row(std::string path, StepStatus status = StepStatus::kStarted) {
    StepRow row;
    row.path = std::move(path);
    row.module = "m";
    row.name = "s";
    row.status = status;
    row.started_at = 5;
    return row;
}

Mutation accept(std::string id, std::optional<std::string> key = {}, std::string owner = "host-1") {
    Mutation m;
    m.accept = true;
    m.run.id = std::move(id);
    m.run.workflow = "w";
    m.run.def_hash = "hash";
    m.run.idem_key = std::move(key);
    m.run.input = R"({"a":1})";
    m.run.owner = std::move(owner);
    m.run.created_at = 10;
    m.run.updated_at = 10;
    m.steps.push_back(step_row("a"));
    return m;
}

class StoreContract : public testing::TestWithParam<const char*> {
protected:
    StoreContract() {
        const std::string where =
            std::string(GetParam()) == "memory" ? "memory:" : "sqlite:" + (dir_ / "g.db").string();
        store_ = Store::open(where, "test", &metrics_);
        store_->put_definition({"hash", "w", R"({"name":"w"})"});
    }
    test::TempDir dir_;
    Metrics metrics_;
    std::unique_ptr<Store> store_;
};

TEST_P(StoreContract, what_was_accepted_is_read_back_whole) {
    auto mutation = accept("r1", "key");
    mutation.run.pins = R"({"m":{"plugin":"p","version":"1.0.0"}})";
    mutation.steps[0].undo_input = "null";
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
    const auto steps = store_->steps("r1");
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].path, "a");
    EXPECT_EQ(steps[0].undo_input, "null") << "null is data";
    EXPECT_FALSE(steps[0].result) << "and absent is not null";
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
    mutation.accept = false;
    mutation.run.fence = -1;
    ASSERT_TRUE(std::holds_alternative<Stale>(post(*store_, mutation)));
    EXPECT_TRUE(says(metrics_, "gantry_stale_writes_total 1"));
    EXPECT_EQ(store_->write_queue(), 0U);
}

TEST_P(StoreContract, a_stale_fence_writes_nothing) {
    auto mutation = accept("r1");
    ASSERT_TRUE(committed(post(*store_, mutation)));
    ASSERT_EQ(store_->sweep("host-2", 1, 10), 1U);
    mutation.accept = false;
    mutation.run.status = RunStatus::kDone;
    mutation.steps[0].status = StepStatus::kDone;
    EXPECT_TRUE(std::holds_alternative<Stale>(post(*store_, mutation)));
    EXPECT_EQ(store_->run("r1")->status, RunStatus::kInvoking);
    EXPECT_EQ(store_->steps("r1")[0].status, StepStatus::kStarted);
    mutation.run.fence = 1;
    EXPECT_TRUE(committed(post(*store_, mutation)));
    EXPECT_EQ(store_->run("r1")->status, RunStatus::kDone);
}

TEST_P(StoreContract, writing_the_same_twice_is_writing_it_once) {
    auto mutation = accept("r1", "key");
    EXPECT_TRUE(committed(post(*store_, mutation)));
    EXPECT_TRUE(committed(post(*store_, mutation)));
    mutation.accept = false;
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
            ++(committed(o) ? good : bad);
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
                mutation.accept = false;
                mutation.run.fence = i % 2;  // every second one is stale
                if (committed(post(*store_, mutation)) != (i % 2 == 0)) ++wrong;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(store_->count({}), 400);
}

TEST_P(StoreContract, what_a_dead_host_held_becomes_due_once) {
    ASSERT_TRUE(committed(post(*store_, accept("open"))));
    ASSERT_TRUE(committed(post(*store_, accept("mine", {}, "host-2"))));
    auto over = accept("over");
    over.run.owner.reset();
    over.run.status = RunStatus::kDone;
    ASSERT_TRUE(committed(post(*store_, over)));
    EXPECT_EQ(store_->sweep("host-2", 500, 10), 1U);
    EXPECT_EQ(store_->sweep("host-2", 500, 10), 0U) << "each run is moved once";
    const auto swept = *store_->run("open");
    EXPECT_EQ(swept.fence, 1);
    EXPECT_EQ(swept.crashes, 0);
    EXPECT_EQ(swept.wake_at, 500);
    EXPECT_FALSE(swept.owner);
    EXPECT_EQ(store_->run("mine")->fence, 0);
    EXPECT_EQ(store_->run("over")->fence, 0);
}

TEST_P(StoreContract, only_runs_that_were_owned_are_suspected) {
    ASSERT_TRUE(committed(post(*store_, accept("theirs"))));
    store_->suspect({"theirs", "nobody"});
    EXPECT_EQ(store_->run("theirs")->crashes, 1);
    EXPECT_EQ(store_->sweep("host-2", 500, 10), 1U);
    store_->suspect({"theirs"});
    EXPECT_EQ(store_->run("theirs")->crashes, 1) << "nobody owned it";
}

TEST_P(StoreContract, sweeping_takes_no_more_than_it_may_and_the_next_sweep_the_rest) {
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(committed(post(*store_, accept("r" + std::to_string(i)))));
    }
    EXPECT_EQ(store_->sweep("host-2", 1, 2), 2U);
    EXPECT_EQ(store_->sweep("host-2", 1, 2), 2U);
    EXPECT_EQ(store_->sweep("host-2", 1, 2), 1U);
    EXPECT_EQ(store_->sweep("host-2", 1, 2), 0U);
}

Due due_at(Store& store, std::int64_t now, bool suspects, std::int64_t limit = 10) {
    std::promise<Due> promise;
    store.claim_due("host-2", now, limit, suspects,
                    [&](Due due) { promise.set_value(std::move(due)); });
    return promise.get_future().get();
}

std::optional<RunRow> claim(Store& store, const std::string& id) {
    std::promise<std::optional<RunRow>> promise;
    store.claim(id, "host-2", [&](auto run) { promise.set_value(std::move(run)); });
    return promise.get_future().get();
}

TEST_P(StoreContract, due_runs_are_claimed_once_the_longest_due_first) {
    for (const int wake : {30, 10, 20, 99}) {
        auto parked = accept("r" + std::to_string(wake));
        parked.run.owner.reset();
        parked.run.status = RunStatus::kWaiting;
        parked.run.wake_at = wake;
        ASSERT_TRUE(committed(post(*store_, parked)));
    }
    const auto first = due_at(*store_, 50, true, 2);
    ASSERT_EQ(first.runs.size(), 2U);
    EXPECT_EQ(first.runs[0].id, "r10");
    EXPECT_EQ(first.runs[0].fence, 1);
    EXPECT_EQ(first.runs[0].owner, "host-2");
    EXPECT_EQ(first.runs[1].id, "r20");
    EXPECT_EQ(first.next, 30);
    const auto second = due_at(*store_, 50, true);
    ASSERT_EQ(second.runs.size(), 1U);
    EXPECT_EQ(second.next, 99);
    EXPECT_TRUE(due_at(*store_, 50, true).runs.empty());
}

TEST_P(StoreContract, suspects_are_claimed_one_at_a_time) {
    for (const char* id : {"r1", "r2"}) ASSERT_TRUE(committed(post(*store_, accept(id))));
    store_->suspect({"r1", "r2"});
    ASSERT_EQ(store_->sweep("host-2", 1, 10), 2U);
    EXPECT_TRUE(due_at(*store_, 5, false).runs.empty());
    EXPECT_EQ(due_at(*store_, 5, true).runs.size(), 1U);
    EXPECT_EQ(due_at(*store_, 5, true).runs.size(), 1U);
}

TEST_P(StoreContract, a_suspect_whose_time_is_to_come_is_the_next_one) {
    ASSERT_TRUE(committed(post(*store_, accept("r1"))));
    ASSERT_EQ(store_->sweep("host-2", 20, 10), 1U);
    EXPECT_EQ(due_at(*store_, 10, true).next, 20);
    EXPECT_FALSE(due_at(*store_, 20, false).next) << "it is due, and another one is being tried";
}

TEST_P(StoreContract, a_run_that_nobody_owns_is_claimed_by_its_id_once) {
    auto paused = accept("r1");
    paused.run.owner.reset();
    paused.run.status = RunStatus::kPaused;
    ASSERT_TRUE(committed(post(*store_, paused)));
    const auto claimed = claim(*store_, "r1");
    ASSERT_TRUE(claimed);
    EXPECT_EQ(claimed->fence, 1);
    EXPECT_FALSE(claim(*store_, "r1")) << "it is owned now";
    EXPECT_FALSE(claim(*store_, "nobody"));
}

TEST_P(StoreContract, a_released_run_is_due_and_no_crash_is_counted) {
    ASSERT_TRUE(committed(post(*store_, accept("r1", {}, "host-2"))));
    store_->release("host-2", 40);
    EXPECT_EQ(store_->run("r1")->wake_at, 40);
    EXPECT_EQ(store_->run("r1")->crashes, 0);
    EXPECT_EQ(due_at(*store_, 40, false).runs.size(), 1U);
}

TEST_P(StoreContract, a_signal_is_kept_once_and_consumed_with_what_uses_it) {
    auto mutation = accept("r1");
    ASSERT_TRUE(committed(post(*store_, mutation)));
    EXPECT_TRUE(store_->put_signal("r1", {"s1", "go", "1", 5}));
    EXPECT_FALSE(store_->put_signal("r1", {"s1", "go", "2", 6})) << "the same id is one signal";
    EXPECT_THROW(store_->put_signal("nobody", {"s1", "go", "1", 5}), Error);
    ASSERT_EQ(store_->signals("r1").size(), 1U);
    EXPECT_EQ(store_->signals("r1")[0].payload, "1");
    mutation.accept = false;
    mutation.consumed = {"s1"};
    mutation.events = {{7, "signal", "{}"}, {8, "waits", R"({"for":"x"})"}};
    ASSERT_TRUE(committed(post(*store_, mutation)));
    EXPECT_TRUE(store_->signals("r1").empty());
    ASSERT_EQ(store_->events("r1").size(), 2U);
    EXPECT_EQ(store_->events("r1")[1].kind, "waits");
}

TEST_P(StoreContract, a_signal_makes_the_run_that_waits_for_it_due) {
    auto parked = accept("r1");
    parked.run.status = RunStatus::kWaiting;
    parked.run.owner.reset();
    parked.run.waits_for = "signal: go";
    post(*store_, std::move(parked));
    EXPECT_FALSE(store_->run("r1")->wake_at);
    EXPECT_TRUE(store_->put_signal("r1", {"s1", "go", "1", 77}));
    EXPECT_EQ(store_->run("r1")->wake_at, 77);
    EXPECT_TRUE(store_->has_signal("r1", "s1"));
    EXPECT_FALSE(store_->has_signal("r1", "s2"));
    EXPECT_FALSE(store_->put_signal("r1", {"s1", "go", "1", 99}));
}

TEST_P(StoreContract, a_run_is_claimed_only_while_nobody_owns_it_and_it_is_not_over) {
    auto owned = accept("r1");
    owned.run.wake_at = 5;
    post(*store_, std::move(owned));
    auto over = accept("r2");
    over.run.owner.reset();
    over.run.status = RunStatus::kReverted;
    over.run.finished_at = 20;
    over.run.wake_at = 5;
    post(*store_, std::move(over));
    std::promise<Due> due;
    store_->claim_due("host-2", 100, 10, true, [&](Due d) { due.set_value(std::move(d)); });
    const auto claimed = due.get_future().get();
    EXPECT_TRUE(claimed.runs.empty());
    EXPECT_FALSE(claimed.next);
}

TEST_P(StoreContract, a_run_is_meant_by_its_id_before_it_is_by_anothers_key) {
    post(*store_, accept("r1"));
    post(*store_, accept("r2", "r1"));
    EXPECT_EQ(store_->run_named("w", "r1")->id, "r1");
}

TEST_P(StoreContract, finished_runs_are_erased_by_state_and_age_with_all_that_is_theirs) {
    for (const int end : {10, 20, 30}) {
        auto over = accept("r" + std::to_string(end));
        over.run.owner.reset();
        over.run.status = end == 20 ? RunStatus::kFailed : RunStatus::kDone;
        over.run.finished_at = end;
        over.events = {{1, "waits", "{}"}};
        ASSERT_TRUE(committed(post(*store_, over)));
    }
    EXPECT_EQ(store_->erase(RunStatus::kDone, 25, 10), 1U);
    EXPECT_FALSE(store_->run("r10"));
    EXPECT_TRUE(store_->steps("r10").empty());
    EXPECT_TRUE(store_->events("r10").empty());
    EXPECT_TRUE(store_->run("r20") && store_->run("r30"));
    EXPECT_EQ(store_->erase(RunStatus::kDone, 100, 10), 1U);
}

TEST_P(StoreContract, lists_are_filtered_counted_and_paged_newest_first) {
    for (int i = 0; i < 5; ++i) {
        auto mutation = accept("run-" + std::to_string(i), "key-" + std::to_string(i));
        mutation.run.created_at = 100 + i;
        if (i % 2 == 1) mutation.run.status = RunStatus::kFailed;
        ASSERT_TRUE(committed(post(*store_, mutation)));
    }
    RunFilter filter;
    filter.limit = 2;
    filter.offset = 1;
    auto page = store_->runs(filter);
    ASSERT_EQ(page.size(), 2U);
    EXPECT_EQ(page[0].id, "run-3");
    EXPECT_EQ(store_->count(filter), 5) << "the count is of all pages";
    filter = {};
    filter.status = {RunStatus::kFailed, RunStatus::kPaused};
    EXPECT_EQ(store_->count(filter), 2);
    filter.id_end = "-3";
    EXPECT_EQ(store_->runs(filter).at(0).id, "run-3");
    filter = {};
    filter.text = "ey-4";
    EXPECT_EQ(store_->count(filter), 1);
    filter = {};
    filter.created_from = 103;
    EXPECT_EQ(store_->count(filter), 2);
    filter = {};
    filter.workflow = "other'; DROP TABLE run; --";
    EXPECT_EQ(store_->count(filter), 0);
    EXPECT_EQ(store_->run_named("w", "key-2")->id, "run-2");
    EXPECT_EQ(store_->run_named("w", "run-2")->id, "run-2");
    EXPECT_FALSE(store_->run_named("v", "run-2"));
}

TEST_P(StoreContract, a_definition_is_written_once_and_kept) {
    store_->put_definition({"hash", "w", "another text"});
    EXPECT_EQ(store_->definition("hash")->body, R"({"name":"w"})");
    EXPECT_FALSE(store_->definition("nobody"));
}

INSTANTIATE_TEST_SUITE_P(, StoreContract, testing::Values("file", "memory"),
                         [](const auto& kind) { return std::string(kind.param); });

TEST(StoreFile, what_was_committed_is_there_after_reopening) {
    const test::TempDir dir;
    const std::string where = "sqlite:" + (dir / "sub/g.db").string();
    {
        const auto store = Store::open(where, "first");
        store->put_definition({"hash", "w", "{}"});
        ASSERT_TRUE(committed(post(*store, accept("r1"))));
    }
    EXPECT_TRUE(Store::open(where, "second")->run("r1"));
}

TEST(StoreFile, a_second_host_is_refused_and_told_who_has_it) {
    const test::TempDir dir;
    const std::string where = "sqlite:" + (dir / "g.db").string();
    const auto first = Store::open(where, "gantry serve");
    first->lock()->publish({4711, "gantry serve", "http://127.0.0.1:1", "secret"});
    try {
        Store::open(where, "second");
        FAIL() << "two hosts own one file";
    } catch (const Error& e) {
        EXPECT_EQ(e.error_class(), GANTRY_CLASS_CONFIG);
        EXPECT_NE(e.message().find("gantry serve"), std::string::npos) << e.message();
        EXPECT_NE(e.message().find("4711"), std::string::npos) << e.message();
        EXPECT_EQ(e.message().find("secret"), std::string::npos) << e.message();
    }
    const auto owner = LockFile::holder(dir / "g.db");
    ASSERT_TRUE(owner);
    EXPECT_EQ(owner->token, "secret");
    const auto mode = std::filesystem::status(dir / "g.db.lock").permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(StoreFile, a_link_to_the_file_is_the_same_store) {
    const test::TempDir dir;
    const auto first = Store::open("sqlite:" + (dir / "g.db").string(), "first");
    std::filesystem::create_symlink(dir / "g.db", dir / "link.db");
    EXPECT_THROW(Store::open("sqlite:" + (dir / "link.db").string(), "second"), Error);
}

TEST(StoreFile, the_lock_goes_with_its_holder) {
    const test::TempDir dir;
    const std::string where = "sqlite:" + (dir / "g.db").string();
    Store::open(where, "first");
    EXPECT_FALSE(LockFile::holder(dir / "g.db"));
    EXPECT_NO_THROW(Store::open(where, "second"));
}

TEST(StoreFile, a_newer_schema_and_a_file_that_is_no_database_are_refused) {
    const test::TempDir dir;
    const std::string where = "sqlite:" + (dir / "g.db").string();
    Store::open(where, "first");
    {
        SQLite::Database db((dir / "g.db").string(), SQLite::OPEN_READWRITE);
        db.exec("PRAGMA user_version = 99");
    }
    EXPECT_THROW(Store::open(where, "second"), Error);
    {
        SQLite::Database other((dir / "other.db").string(),
                               SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        other.exec("CREATE TABLE theirs (x)");
    }
    EXPECT_THROW(Store::open("sqlite:" + (dir / "other.db").string(), "third"), Error);
    {
        SQLite::Database other((dir / "other.db").string(), SQLite::OPEN_READONLY);
        EXPECT_EQ(other.execAndGet("SELECT count(*) FROM sqlite_master").getInt(), 1);
        EXPECT_EQ(other.execAndGet("PRAGMA journal_mode").getString(), "delete");
    }
    { std::ofstream(dir / "text.db") << std::string(4096, 'x'); }
    EXPECT_THROW(Store::open("sqlite:" + (dir / "text.db").string(), "third"), Error);
    EXPECT_THROW(Store::open("postgres:x", "fourth"), Error);
}

}  // namespace
}  // namespace gantry::host
