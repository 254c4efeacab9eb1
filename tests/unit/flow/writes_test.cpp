// What the store refuses, loses or takes late; and that a run's own past cannot come back.
#include "base/fault.hpp"
#include "flow_rig.hpp"
#include "support/stack_used.hpp"

#include <sys/resource.h>

#include <future>
#include <latch>

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A sink that does with each batch what the test says.
class TestSink : public BatchSink {
public:
    using Says =
        std::function<std::vector<Outcome>(BatchSink& inner, std::vector<WriteItem>& batch)>;
    TestSink(BatchSink& inner, Says says) : inner_(inner), says_(std::move(says)) {}
    std::vector<Outcome> commit(std::vector<WriteItem>& batch) override {
        return says_(inner_, batch);
    }

private:
    BatchSink& inner_;
    const Says says_;
};

std::shared_ptr<Store> store_with(TestSink::Says says) {
    return Store::open("memory:", "test", nullptr, [says](BatchSink& inner) {
        return std::make_unique<TestSink>(inner, says);
    });
}

bool writes_done(const std::vector<WriteItem>& batch, const std::string& path) {
    for (const auto& item : batch) {
        for (const auto& step : item.mutation->steps) {
            if (step.path == path && step.status == StepStatus::kDone) return true;
        }
    }
    return false;
}

TEST(Writes, no_later_one_of_a_run_overtakes_one_that_failed) {
    std::atomic<bool> failed{false};
    std::latch written{1};
    std::latch fails{1};
    const auto store = store_with([&](BatchSink& inner, std::vector<WriteItem>& batch) {
        if (writes_done(batch, "a") && !failed.exchange(true)) {
            written.count_down();
            fails.wait();
            return std::vector<Outcome>(batch.size(), Error(GANTRY_E_UNAVAILABLE, "as told"));
        }
        return inner.commit(batch);
    });
    auto settings = FlowRig::fast();
    settings.store_retry = milliseconds(200);  // the test has looked by then
    HeldCalls held;
    FlowRig rig([&](const StepCall& call, const RecordUndo&, auto e) { held.hold(call, e); }, store,
                settings);
    rig.add({{"name", "both"},
             {"steps",
              {{{"parallel", {{{"id", "a"}, {"step", "a"}}, {{"id", "b"}, {"step", "b"}}}}}}}});
    std::string seen;  // step a as it was when the run was told to be over
    std::promise<void> over;
    StartRequest request{"both", "{}", {}, [&](const Stand& stand) {
                             seen = to_string(stand.run.status);
                             over.set_value();
                         }};
    const auto id = rig.ask.start(std::move(request)).run_id;
    rig.until([&] { return held.size() == 2; });
    const std::size_t a = held.keys()[0] == "a" ? 0 : 1;
    held.take(a)(fine());
    written.wait();
    held.take(1 - a)(fine());
    std::latch all_threads{2};  // of the engine: the end of b was taken in before
    for (int i = 0; i < 2; ++i) {
        rig.machinery.engine.submit([&] { all_threads.arrive_and_wait(); });
    }
    all_threads.wait();
    fails.count_down();
    ASSERT_EQ(over.get_future().wait_for(seconds(20)), std::future_status::ready);
    EXPECT_EQ(seen, "done");
    EXPECT_TRUE(failed);
    for (const auto& step : store->steps(id))
        EXPECT_EQ(step.status, StepStatus::kDone) << step.path;
}

TEST(Writes, a_run_that_cannot_be_written_is_set_aside_with_the_reason) {
    const auto store = store_with([&](BatchSink& inner, std::vector<WriteItem>& batch) {
        if (writes_done(batch, "a")) {
            return std::vector<Outcome>(
                batch.size(), Error(GANTRY_E_INTERNAL, "a rule is broken", GANTRY_EF_NOT_APPLIED));
        }
        return inner.commit(batch);
    });
    FlowRig rig([](const StepCall&, const RecordUndo&, auto ended) { ended(fine()); }, store);
    rig.add({{"name", "one"}, {"steps", {{{"step", "a"}}}}});
    const auto id = rig.start("one");
    const auto run = rig.wait(id);
    EXPECT_EQ(run.status, RunStatus::kPaused);
    EXPECT_EQ(run.waits_for, "store: a rule is broken");
    EXPECT_FALSE(run.owner);
}

TEST(Writes, a_verb_whose_write_is_repeated_is_not_told_that_nothing_was_changed) {
    std::atomic<bool> full{false};
    const auto store = store_with([&](BatchSink& inner, std::vector<WriteItem>& batch) {
        if (!full.exchange(false)) return inner.commit(batch);
        return std::vector<Outcome>(
            batch.size(), Error(GANTRY_E_UNAVAILABLE, "the disk is full", GANTRY_EF_NOT_APPLIED,
                                {{"disk_full", true}}));
    });
    std::promise<Ended> asked;
    FlowRig rig(
        [&](const StepCall&, const RecordUndo&, auto ended) { asked.set_value(std::move(ended)); },
        store);
    rig.add({{"name", "two"}, {"steps", {{{"step", "a"}}, {{"step", "b"}}}}});
    const auto id = rig.start("two");
    const auto ends = asked.get_future().get();
    full = true;
    try {
        rig.ask.pause(id);
        ADD_FAILURE() << "its write has failed";
    } catch (const Error& e) {
        EXPECT_EQ(e.flags() & GANTRY_EF_NOT_APPLIED, 0U);
        EXPECT_FALSE(e.details().is_object()) << "it is no refusal for a full disk";
    }
    ends(fine());
    EXPECT_EQ(rig.wait(id).status, RunStatus::kPaused) << "it was written after that";
}

long resident_kib() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

class Long : public testing::TestWithParam<std::tuple<int, bool>> {};

TEST_P(Long, lists_need_no_more_stack_than_short_ones) {
    const auto [limit, records] = GetParam();
    constexpr int kItems = 10'000;
    std::atomic<std::size_t> deepest{0};
    FlowRig rig([&](const StepCall&, const RecordUndo& record, auto ended) {
        auto seen = deepest.load();
        const auto now = test::stack_used();
        while (now > seen && !deepest.compare_exchange_weak(seen, now)) {
        }
        if (!std::get<1>(GetParam())) return ended(fine());
        record("1", [ended](const std::optional<Error>&) { ended(fine()); });
    });
    json items = json::array();
    for (int i = 0; i < kItems; ++i) items.push_back(i);
    rig.add({{"name", "list"},
             {"steps",
              {{{"id", "all"},
                {"for_each", "${ .input }"},
                {"limit", limit},
                {"do", {{{"step", records ? "record" : "a"}}}}}}}});
    const auto short_one = rig.start("list", "[1,2,3,4,5,6,7,8,9,10]");
    EXPECT_EQ(rig.wait(short_one).status, RunStatus::kDone);
    const auto few = deepest.load();
    const long before = resident_kib();
    const auto id = rig.start("list", items.dump());
    rig.ask.wait(*rig.store, id, seconds(120));
    EXPECT_EQ(rig.store->run(id)->status, RunStatus::kDone);
    EXPECT_LT(deepest, few + 16'384) << "of 10 items: " << few;
    std::cout << kItems << " items, limit " << limit << ": "
              << static_cast<double>(resident_kib() - before) / kItems << " KiB an item\n";
}

INSTANTIATE_TEST_SUITE_P(OfItems, Long,
                         testing::Combine(testing::Values(1, 8, 64), testing::Bool()));

TEST(Row, a_row_of_steps_needs_no_more_stack_than_a_short_one) {
    constexpr int kSteps = 2'000;
    std::atomic<std::size_t> deepest{0};
    FlowRig rig([&](const StepCall&, const RecordUndo&, auto ended) {
        auto seen = deepest.load();
        const auto now = test::stack_used();
        while (now > seen && !deepest.compare_exchange_weak(seen, now)) {
        }
        ended(fine());
    });
    json steps = json::array();
    for (int i = 0; i < kSteps; ++i)
        steps.push_back({{"step", "a"}, {"id", "s" + std::to_string(i)}});
    rig.add({{"name", "short"}, {"steps", json::array({steps[0], steps[1]})}});
    rig.add({{"name", "row"}, {"steps", steps}});
    EXPECT_EQ(rig.wait(rig.start("short")).status, RunStatus::kDone);
    const auto few = deepest.load();
    const auto id = rig.start("row");
    rig.ask.wait(*rig.store, id, seconds(120));
    EXPECT_EQ(rig.store->run(id)->status, RunStatus::kDone);
    EXPECT_LT(deepest, few + 16'384);
}

TEST(Writes, a_start_whose_first_step_cannot_be_tried_is_answered_and_leaves_no_run) {
    FlowRig rig([](const auto&, const auto&, auto ended) { ended(fine()); });
    rig.add({{"name", "one"}, {"steps", {{{"step", "record"}}}}});
    rig.steps.broken = "record";  // which begins before its run is written
    const auto answer = rig.ask.start({"one", "{}", {}, {}});
    ASSERT_TRUE(answer.error);
    EXPECT_EQ(answer.error->code(), GANTRY_E_INTERNAL) << answer.error->message();
    EXPECT_TRUE(answer.error->flags() & GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(rig.store->count({}), 0);
}

TEST(Writes, a_condition_that_is_a_long_text_reverts_the_run) {
    FlowRig rig([](const auto&, const auto&, auto ended) { ended(fine()); });
    std::string umlauts;
    for (int i = 0; i < 150; ++i) umlauts += "\u00fc";
    for (const char* kind : {"when", "sleep"}) {
        json node = {{"id", "odd"}, {kind, "${ .input.x }"}};
        if (kind == std::string("when")) node["then"] = {{{"step", "b"}}};
        for (const bool first : {true, false}) {
            json steps = json::array();
            if (!first) steps.push_back({{"step", "a"}});
            steps.push_back(node);
            const auto name = std::string(kind) + (first ? "-first" : "-second");
            rig.add({{"name", name}, {"steps", steps}});
            const auto run = rig.wait(rig.start(name, json{{"x", umlauts}}.dump()));
            EXPECT_EQ(run.status, RunStatus::kReverted) << run.waits_for.value_or("");
            EXPECT_NE(run.error.value_or("").find("\u00fc\u00fc"), std::string::npos);
        }
    }
}

TEST(Writes, a_verb_for_a_run_that_cannot_be_read_is_told_why_at_once) {
    FlowRig rig([](const auto&, const auto&, auto ended) { ended(fine()); });
    RunRow run;
    run.id = "stray";
    run.workflow = "one";
    run.def_hash = "none has this one";
    run.pins = "{}";
    run.input = "{}";
    run.status = RunStatus::kWaiting;
    run.waits_for = "signal: go";
    rig.store->put_definition({run.def_hash, "one", "no definition"});
    Mutation accept;
    accept.accept = true;
    accept.run = run;
    std::promise<void> written;
    rig.store->post(std::move(accept), [&](const Outcome& outcome) {
        EXPECT_TRUE(std::holds_alternative<Committed>(outcome));
        written.set_value();
    });
    written.get_future().wait();
    try {
        rig.ask.cancel("stray");
        ADD_FAILURE() << "it cannot be cancelled";
    } catch (const Error& e) {
        EXPECT_NE(e.error_class(), GANTRY_CLASS_RETRYABLE) << e.message();
    }
    EXPECT_LE(rig.store->run("stray")->fence, 2) << "it is not asked again and again";
}

}  // namespace
}  // namespace gantry::host
