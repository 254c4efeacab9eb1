// What every store promises of lists, counts and retention.
#include "contract/store_suite.hpp"

#include <array>

namespace gantry::host {
namespace {

std::string ids(Store& store, const RunFilter& filter) {
    std::string all;
    for (const auto& run : store.runs(filter)) all += run.id + " ";
    return all;
}

TEST_P(StoreContract, lists_are_filtered_counted_and_paged_newest_first) {
    for (int i = 0; i < 5; ++i) {
        auto mutation = accept("run-" + std::to_string(9 - i), "key-" + std::to_string(i));
        mutation.run.created_at = 100 + i;
        if (i == 1) mutation.run.status = RunStatus::kPaused;
        if (i == 3) mutation.run.waits_for = "plugin: erp 1.2 is not here";
        post(*store_, mutation);
        if (i == 4) post(*store_, ending(mutation, RunStatus::kFailed));
    }
    RunFilter filter;
    EXPECT_EQ(ids(*store_, filter), "run-5 run-6 run-7 run-8 run-9 ") << "as they were accepted";
    filter.limit = 2;
    filter.offset = 1;
    EXPECT_EQ(ids(*store_, filter), "run-6 run-7 ");
    EXPECT_EQ(store_->count(filter), 5) << "the count is of all pages";
    filter = {};
    filter.status = {RunStatus::kPaused, RunStatus::kFailed};
    EXPECT_EQ(ids(*store_, filter), "run-5 run-8 ");
    EXPECT_EQ(store_->count(filter), 2);
    filter.workflow = "w";
    filter.limit = 1;
    filter.offset = 1;
    EXPECT_EQ(ids(*store_, filter), "run-8 ");
    filter.id_end = "-5";
    filter.offset = 0;
    EXPECT_EQ(ids(*store_, filter), "run-5 ");
    filter = {};
    filter.text = "ey-4";
    EXPECT_EQ(store_->count(filter), 1);
    filter = {};
    filter.created_from = 103;
    EXPECT_EQ(store_->count(filter), 2);
    filter = {};
    filter.waits_for = "plugin: erp";
    EXPECT_EQ(ids(*store_, filter), "run-6 ");
    filter = {};
    filter.workflow = "other'; DROP TABLE run; --";
    EXPECT_EQ(store_->count(filter), 0);
}

TEST_P(StoreContract, lists_are_in_the_order_of_creation_though_the_clock_was_set_back) {
    constexpr std::array kCreated = {200, 100, 300, 100};
    for (std::size_t i = 0; i < kCreated.size(); ++i) {
        auto mutation = accept("r" + std::to_string(i));
        mutation.run.created_at = kCreated.at(i);
        post(*store_, mutation);
    }
    RunFilter filter;
    EXPECT_EQ(ids(*store_, filter), "r2 r0 r3 r1 ") << "of equal ones the last accepted first";
    filter.workflow = "w";
    EXPECT_EQ(ids(*store_, filter), "r2 r0 r3 r1 ");
    filter.status = {RunStatus::kDone, RunStatus::kInvoking};
    EXPECT_EQ(ids(*store_, filter), "r2 r0 r3 r1 ");
    filter.created_from = 200;
    EXPECT_EQ(ids(*store_, filter), "r2 r0 ");
    filter = {};
    filter.text = "r";
    EXPECT_EQ(ids(*store_, filter), "r3 r2 r1 r0 ") << "as they were accepted";
}

TEST_P(StoreContract, an_exact_id_or_key_finds_just_its_runs) {
    post(*store_, accept("r1"));
    post(*store_, accept("r2", "r1"));
    post(*store_, accept("r11", "key-r1"));
    RunFilter filter;
    filter.exactly = "r1";
    EXPECT_EQ(ids(*store_, filter), "r2 r1 ");
    EXPECT_EQ(store_->count(filter), 2);
    EXPECT_EQ(store_->run_named("w", "r1")->id, "r1") << "its id before another one's key";
    EXPECT_EQ(store_->run_named("w", "key-r1")->id, "r11");
    EXPECT_FALSE(store_->run_named("v", "r1"));
}

TEST_P(StoreContract, lists_give_no_payloads) {
    auto mutation = accept("r1");
    mutation.run.output = "1";
    mutation.run.error = "{}";
    post(*store_, mutation);
    const auto run = store_->runs({}).at(0);
    EXPECT_EQ(run.pins + run.input + run.output.value_or("") + run.error.value_or(""), "");
    EXPECT_EQ(run.def_hash, "hash");
    EXPECT_EQ(run.owner, "host-1");
    EXPECT_EQ(run.revision, 1);
}

TEST_P(StoreContract, runs_are_counted_by_the_kind_of_what_they_wait_for) {
    post(*store_, parked("r1", RunStatus::kWaiting, "signal: go"));
    post(*store_, parked("r2", RunStatus::kWaiting, "signal: stop"));
    post(*store_, parked("r3", RunStatus::kPaused, "odd"));
    post(*store_, accept("r4"));
    EXPECT_EQ(store_->waiting(), (std::map<std::string, std::int64_t>{{"odd", 1}, {"signal", 2}}));
}

TEST_P(StoreContract, undos_that_failed_are_named_by_their_steps) {
    auto mutation = accept("r1");
    mutation.steps = {step_row("a", StepStatus::kDone), step_row("b", StepStatus::kFailed),
                      step_row("c", StepStatus::kFailed), step_row("d", StepStatus::kDone)};
    for (auto& step : mutation.steps) step.side = Side::kCompensate;
    mutation.steps.push_back(step_row("e", StepStatus::kFailed));
    post(*store_, mutation);
    EXPECT_EQ(store_->unreverted("r1"), (std::vector<std::string>{"b", "c"}));
    EXPECT_TRUE(store_->unreverted("r2").empty());
}

TEST_P(StoreContract, counting_stops_where_nobody_reads_on) {
    constexpr int kRuns = static_cast<int>(Store::kCountAtMost) + 5;
    std::promise<void> last;
    for (int i = 0; i < kRuns; ++i) {
        store_->post(accept("r" + std::to_string(i)), [&, i](const Outcome&) {
            if (i == kRuns - 1) last.set_value();
        });
    }
    last.get_future().get();
    RunFilter filter;
    EXPECT_EQ(store_->count(filter), Store::kCountAtMost);
    filter.status = {RunStatus::kInvoking, RunStatus::kPaused};
    EXPECT_EQ(store_->count(filter), Store::kCountAtMost);
}

TEST_P(StoreContract, finished_runs_are_erased_by_state_and_age_with_all_that_is_theirs) {
    for (const int end : {10, 20, 30}) {
        auto begun = accept("r" + std::to_string(end));
        begun.events = {{1, 1, "waits", "{}"}};
        post(*store_, begun);
        auto over = ending(begun, end == 20 ? RunStatus::kFailed : RunStatus::kDone);
        over.run.finished_at = end;
        ASSERT_TRUE(committed(post(*store_, over)));
    }
    EXPECT_EQ(store_->oldest(RunStatus::kDone), 10);
    EXPECT_EQ(store_->erase(RunStatus::kDone, 25, 10), 1U);
    EXPECT_FALSE(store_->run("r10"));
    EXPECT_TRUE(store_->steps("r10").empty());
    EXPECT_TRUE(store_->events("r10").empty());
    EXPECT_TRUE(store_->run("r20") && store_->run("r30"));
    EXPECT_EQ(store_->oldest(RunStatus::kDone), 30);
    EXPECT_EQ(store_->erase(RunStatus::kDone, 100, 10), 1U);
    EXPECT_FALSE(store_->oldest(RunStatus::kDone));
    ASSERT_TRUE(claim(*store_, "r20").taken);
    EXPECT_EQ(store_->erase(RunStatus::kFailed, 100, 10), 0U) << "it is being tried again";
}

TEST_P(StoreContract, a_note_is_kept) {
    EXPECT_EQ(store_->note("starts"), "");
    store_->put_note("starts", "[1]");
    store_->put_note("starts", "[1,2]");
    EXPECT_EQ(store_->note("starts"), "[1,2]");
}

}  // namespace
}  // namespace gantry::host
