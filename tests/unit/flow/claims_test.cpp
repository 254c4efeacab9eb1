// Which runs are taken up, and that none of them waits for a plugin, or for one another.
#include "base/fault.hpp"
#include "flow_rig.hpp"

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const json kOne = {{"name", "one"}, {"steps", {{{"step", "a"}}}}};

TEST(Claims, runs_that_are_due_do_not_wait_for_one_anothers_steps) {
    HeldCalls held;
    FlowRig rig([&](const StepCall& call, const RecordUndo&, auto ended) {
        held.hold(call, std::move(ended));
    });
    rig.add({{"name", "nap"}, {"steps", {{{"id", "n"}, {"sleep", "2100ms"}}, {{"step", "a"}}}}});
    rig.engine.recover();
    std::vector<std::string> ids;
    for (int i = 0; i < 8; ++i) ids.push_back(rig.start("nap"));
    rig.until([&] { return held.size() == 8; });  // none has ended
    held.answer_all(fine());
    for (const auto& id : ids) EXPECT_EQ(rig.wait(id).status, RunStatus::kDone);
}

/// What a host leaves that died while these runs were in a call.
void leave_as_suspects(Store& store, const std::vector<std::string>& ids) {
    store.suspect(ids);
    store.release();
}

TEST(Claims, a_paused_suspect_keeps_no_other_suspect_from_being_tried) {
    std::shared_ptr<Store> store = Store::open("memory:", "test");
    std::vector<std::string> ids;
    {
        HeldCalls held;
        FlowRig first([&](const StepCall& call, const RecordUndo&, auto e) { held.hold(call, e); },
                      store);
        first.add(kOne);
        for (int i = 0; i < 3; ++i) ids.push_back(first.start("one"));
        first.until([&] { return held.size() == 3; });
        leave_as_suspects(*store, ids);
        held.answer_all(fine());  // nobody listens any more
    }
    {  // one of them was paused when its host died: it is due, as all that were owned
        Claim taken;
        std::promise<void> claimed;
        store->claim(ids[0], false, [&](Claim claim) {
            taken = std::move(claim);
            claimed.set_value();
        });
        claimed.get_future().wait();
        ASSERT_TRUE(taken.taken);
        Mutation paused;
        paused.run = taken.taken->run;
        paused.run.status = RunStatus::kPaused;
        paused.run.waits_for = "person: paused";
        ++paused.run.revision;
        std::promise<void> written;
        store->post(std::move(paused), [&](const Outcome&) { written.set_value(); });
        written.get_future().wait();
        store->release();
    }
    FlowRig next([](const StepCall&, const RecordUndo&, auto ended) { ended(fine()); }, store);
    next.add(kOne);
    next.engine.recover();
    EXPECT_EQ(next.wait(ids[1]).status, RunStatus::kDone);
    EXPECT_EQ(next.wait(ids[2]).status, RunStatus::kDone);
    next.until([&] { return !store->run(ids[0])->owner; });
    const auto run = *store->run(ids[0]);
    EXPECT_EQ(run.status, RunStatus::kPaused);
    EXPECT_EQ(run.waits_for, "person: paused");
}

TEST(Claims, an_asynchronous_suspect_has_passed_when_its_call_was_made) {
    std::shared_ptr<Store> store = Store::open("memory:", "test");
    const json source = {{"name", "later"}, {"steps", {{{"step", "async"}}}}};
    std::vector<std::string> ids;
    {
        HeldCalls held;
        FlowRig first([&](const StepCall& call, const RecordUndo&, auto e) { held.hold(call, e); },
                      store);
        first.add(source);
        for (int i = 0; i < 2; ++i) ids.push_back(first.start("later"));
        first.until([&] { return held.size() == 2; });
        leave_as_suspects(*store, ids);
        held.answer_all(fine());
    }
    HeldCalls held;
    FlowRig next([&](const StepCall& call, const RecordUndo&, auto e) { held.hold(call, e); },
                 store);
    next.add(source);
    next.engine.recover();
    next.until([&] { return held.size() == 1; });
    next.steps.last()->hand_over();
    next.until([&] { return held.size() == 2; });
    held.answer_all(fine());
    for (const auto& id : ids) EXPECT_EQ(next.wait(id).status, RunStatus::kDone);
}

TEST(Claims, four_hundred_turns_go_in_the_order_of_acceptance_over_a_restart) {
    constexpr std::size_t kRuns = 400;
    std::shared_ptr<Store> store = Store::open("memory:", "test");
    const json source = {
        {"name", "line"}, {"exclusive", "${ .input.id }"}, {"steps", {{{"step", "a"}}}}};
    std::mutex mutex;
    std::vector<std::string> order;
    const CallScript write_down = [&](const StepCall& call, const RecordUndo&, auto ended) {
        {
            const std::lock_guard lock(mutex);
            order.push_back(call.run_id);
        }
        ended(fine());
    };
    std::vector<std::string> accepted;
    {
        HeldCalls held;
        FlowRig first([&](const StepCall& call, const RecordUndo&, auto e) { held.hold(call, e); },
                      store);
        first.add(source);
        for (std::size_t i = 0; i < kRuns; ++i)
            accepted.push_back(first.start("line", R"({"id":1})"));
        first.until([&] { return held.size() == 1; });
        store->release();
        first.lost = true;
        held.answer_all(fine());
    }
    FlowRig next(write_down, store);
    next.add(source);
    next.engine.recover();
    for (const auto& id : accepted) EXPECT_EQ(next.wait(id).status, RunStatus::kDone);
    const std::lock_guard lock(mutex);
    EXPECT_EQ(order, accepted);
}

TEST(Claims, whose_turn_comes_is_not_begun_where_nothing_was_recovered) {
    FlowRig rig([](const StepCall&, const RecordUndo&, auto ended) { ended(fine()); });
    rig.add({{"name", "line"},
             {"exclusive", "${ .input.id }"},
             {"steps", {{{"id", "g"}, {"wait", "go"}}, {{"step", "a"}}}}});
    const auto one = rig.start("line", R"({"id":1})");
    rig.until_waiting(one, "signal:");
    const auto two = rig.start("line", R"({"id":1})");
    rig.until_waiting(two, "turn:");
    rig.ask.cancel(one);
    EXPECT_EQ(rig.wait(one).status, RunStatus::kReverted);
    const auto run = *rig.store->run(two);
    EXPECT_EQ(run.status, RunStatus::kWaiting) << "it is due, for the next host";
    EXPECT_FALSE(run.owner);
    EXPECT_TRUE(run.wake_at);
}

TEST(Claims, a_delay_is_a_span_of_time_when_the_clock_is_set_back) {
    std::shared_ptr<Store> store = Store::open("memory:", "test");
    std::atomic<int> calls{0};
    FlowRig rig(
        [&](const StepCall&, const RecordUndo&, auto ended) {
            if (++calls > 1) return ended(fine());
            ended({{}, {}, Error(GANTRY_E_UNAVAILABLE, "away", 0, nullptr, milliseconds(2'100))});
        },
        store);
    rig.add(kOne);
    rig.engine.recover();
    const auto id = rig.start("one");
    rig.until_waiting(id, "delay:");
    const auto before = *store->run(id)->wake_at;
    store->move_delays(-3'600'000);
    EXPECT_EQ(*store->run(id)->wake_at, before - 3'600'000) << "as the clock was";
    EXPECT_EQ(rig.wait(id).status, RunStatus::kDone);
}

}  // namespace
}  // namespace gantry::host
