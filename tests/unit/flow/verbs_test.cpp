// Verbs at once, and at moments when a run is between two states.
#include "flow_rig.hpp"
#include "support/temp_dir.hpp"

#include <latch>

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Asks for `count` things at once; all are answered, without an error, within five seconds.
template <typename Ask>
void all_are_answered(int count, Ask ask) {
    struct Answers {  // the last callback may still be in one when the wait is over
        std::atomic<int> given{0};
        std::atomic<int> refused{0};
        std::promise<void> last;
    };
    const auto answers = std::make_shared<Answers>();
    const auto began = Timers::Clock::now();
    for (int i = 0; i < count; ++i) {
        ask(i, [answers, count](const std::optional<Error>& error) {
            if (error) ++answers->refused;
            if (++answers->given == count) answers->last.set_value();
        });
    }
    ASSERT_EQ(answers->last.get_future().wait_for(FlowRig::kPatience), std::future_status::ready)
        << answers->given;
    const std::chrono::duration<double> took = Timers::Clock::now() - began;
    std::cout << count << " answered in " << took.count() << " s\n";
    EXPECT_EQ(answers->refused, 0);
}

void all_kinds_are_answered(int count) {
    const auto many = static_cast<std::size_t>(count);
    HeldCalls held;
    std::atomic<bool> fails{true};
    FlowRig rig([&](const StepCall& call, const RecordUndo&, auto ended) {
        if (call.side == Side::kCompensate) return ended(fails ? refusal() : fine());
        if (call.name == "refuse") return ended(refusal());
        if (call.name == "quick") return ended(fine());
        held.hold(call, std::move(ended));
    });
    rig.add({{"name", "hang"}, {"steps", {{{"step", "quick"}}, {{"step", "a"}}}}});
    rig.add({{"name", "nap"}, {"steps", {{{"id", "nap"}, {"sleep", "1h"}}}}});
    rig.add({{"name", "ask"}, {"steps", {{{"wait", "go"}, {"id", "g"}}}}});
    rig.add({{"name", "fail"}, {"steps", {{{"step", "quick"}}, {{"step", "refuse"}}}}});
    rig.engine.recover();
    std::vector<std::string> ids(many);
    const auto start_all = [&](const std::string& workflow) {
        for (auto& id : ids) id = rig.start(workflow);
    };
    const auto id_of = [&](int i) -> const std::string& {
        return ids[static_cast<std::size_t>(i)];
    };
    auto& engine = rig.engine;

    start_all("nap");
    for (const auto& id : ids) rig.until_waiting(id, "time:");
    all_are_answered(count, [&](int i, Told told) { engine.pause(id_of(i), {}, std::move(told)); });
    all_are_answered(count,
                     [&](int i, Told told) { engine.resume(id_of(i), {}, std::move(told)); });
    all_are_answered(count,
                     [&](int i, Told told) { engine.cancel(id_of(i), {}, {}, std::move(told)); });
    for (const auto& id : ids) EXPECT_EQ(rig.wait(id).status, RunStatus::kReverted);

    start_all("ask");
    all_are_answered(count, [&](int i, Told told) {
        engine.signal(id_of(i), {"1", "go", "1", 0},
                      [told](std::optional<Error> error, bool) { told(std::move(error)); });
    });
    for (const auto& id : ids) EXPECT_EQ(rig.wait(id).status, RunStatus::kDone);

    start_all("fail");
    for (const auto& id : ids) EXPECT_EQ(rig.wait(id).status, RunStatus::kFailed);
    all_are_answered(count, [&](int i, Told told) { engine.retry(id_of(i), {}, std::move(told)); });
    for (const auto& id : ids) EXPECT_EQ(rig.wait(id).status, RunStatus::kFailed);
    all_are_answered(count, [&](int i, Told told) {
        engine.skip(id_of(i), "quick", {"", "by hand"}, std::move(told));
    });
    for (const auto& id : ids) EXPECT_EQ(rig.wait(id).status, RunStatus::kReverted);

    fails = false;
    start_all("hang");
    rig.until([&] { return held.size() == many; });
    all_are_answered(count, [&](int i, Told told) {
        engine.supply(id_of(i), "a", Side::kInvoke, fine("7"), std::move(told));
    });
    for (const auto& id : ids) EXPECT_EQ(rig.wait(id).status, RunStatus::kDone);

    start_all("hang");
    rig.until([&] { return held.size() == 2 * many; });
    all_are_answered(count,
                     [&](int i, Told told) { engine.cancel(id_of(i), {}, {}, std::move(told)); });
    held.answer_all(fine());
    for (const auto& id : ids) EXPECT_EQ(rig.wait(id).status, RunStatus::kReverted);
}

// More than there are threads of any kind.
TEST(Verbs, fifty_of_each_kind_at_once_are_all_answered) { all_kinds_are_answered(50); }

TEST(ManyVerbs, five_hundred_of_each_kind_at_once_are_all_answered) { all_kinds_are_answered(500); }

TEST(Verbs, two_answers_from_outside_at_once_each_get_their_own) {
    FlowRig rig([](const StepCall&, const RecordUndo&, auto) {});
    rig.add({{"name", "out"}, {"steps", {{{"step", "async"}}}}, {"result", "${ .steps.async }"}});
    for (int i = 0; i < 50; ++i) {
        const auto id = rig.start("out");
        rig.until([&] { return rig.steps.last() != nullptr; });
        std::promise<bool> answers[2];
        for (int a = 0; a < 2; ++a) {
            rig.engine.supply(
                id, "async", Side::kInvoke, fine(std::to_string(a)),
                [&answers, a](const std::optional<Error>& error) { answers[a].set_value(!error); });
        }
        const bool taken[2] = {answers[0].get_future().get(), answers[1].get_future().get()};
        EXPECT_NE(taken[0], taken[1]) << "one of them is the step's answer";
        EXPECT_EQ(rig.wait(id).output, taken[0] ? "0" : "1");
    }
}

TEST(Verbs, a_run_can_be_resumed_right_after_a_signal) {
    FlowRig rig([](const StepCall&, const RecordUndo&, auto ended) { ended(fine()); });
    rig.add({{"name", "ask"}, {"steps", {{{"wait", "go"}, {"id", "g"}}, {{"step", "a"}}}}});
    rig.engine.recover();
    for (int i = 0; i < 30; ++i) {
        const auto id = rig.start("ask");
        rig.until_waiting(id, "signal:");
        rig.ask.pause(id);
        EXPECT_TRUE(rig.ask.signal(id, {"1", "go", "1", 0}));
        EXPECT_NO_THROW(rig.ask.resume(id));
        rig.until([&] { return rig.store->run(id)->status == RunStatus::kDone; });
    }
}

TEST(Verbs, a_signal_to_a_run_that_reverts_is_refused) {
    HeldCalls held;
    FlowRig rig([&](const StepCall& call, const RecordUndo&, auto ended) {
        if (call.side == Side::kCompensate) return held.hold(call, std::move(ended));
        ended(call.name == "refuse" ? refusal() : fine());
    });
    rig.add({{"name", "two"}, {"steps", {{{"step", "a"}}, {{"step", "refuse"}}}}});
    const auto id = rig.start("two");
    rig.until([&] { return held.size() == 1; });
    EXPECT_THROW(rig.ask.signal(id, {"1", "go", "1", 0}), Error);
    held.answer_all(fine());
    EXPECT_EQ(rig.wait(id).status, RunStatus::kReverted);
}

TEST(Verbs, a_signal_that_a_run_can_take_no_longer_when_it_is_kept_is_refused) {
    HeldCalls held;
    FlowRig rig([&](const StepCall& call, const RecordUndo&, auto ended) {
        held.hold(call, std::move(ended));
    });
    rig.add({{"name", "both"},
             {"steps", {{{"parallel", {{{"id", "w"}, {"wait", "go"}}, {{"step", "a"}}}}}}}});
    const auto id = rig.start("both");
    rig.until([&] { return held.size() == 1; });
    std::promise<void> go_on;
    rig.store->claim("nobody", false, [&](const Claim&) { go_on.get_future().wait(); });
    std::promise<std::optional<Error>> answer;
    rig.engine.signal(id, {"1", "go", "1", 0}, [&](std::optional<Error> error, bool) {
        answer.set_value(std::move(error));
    });
    rig.engine.cancel(id, {}, {}, [](const auto&) {});
    rig.until([&] { return rig.steps.last()->cancelled.load(); });
    go_on.set_value();
    const auto error = answer.get_future().get();
    ASSERT_TRUE(error) << "it is never taken";
    EXPECT_EQ(error->code(), GANTRY_E_REJECTED) << error->message();
    EXPECT_THROW(rig.ask.signal(id, {"1", "go", "1", 0}), Error) << "nor when it is repeated";
    held.answer_all(fine());
    rig.until([&] { return held.size() == 1; });  // its undo
    held.answer_all(fine());
    EXPECT_EQ(rig.wait(id).status, RunStatus::kReverted);
}

TEST(Verbs, a_call_that_was_cancelled_before_it_began_does_not_begin) {
    std::latch free{1};
    std::mutex mutex;
    std::vector<std::string> begun;
    FlowRig rig([&](const StepCall& call, const RecordUndo&, auto ended) {
        const std::lock_guard lock(mutex);
        begun.push_back(call.name);
        ended(fine());
    });
    rig.add({{"name", "one"}, {"steps", {{{"step", "late"}}}}});
    for (std::size_t i = 0; i < rig.machinery.plugins.threads(); ++i) {
        rig.machinery.plugins.submit([&] { free.wait(); });
    }
    const auto id = rig.start("one");
    rig.ask.cancel(id);
    EXPECT_EQ(rig.wait(id).status, RunStatus::kReverted) << "at once, whoever holds the threads";
    free.count_down();
    const std::lock_guard lock(mutex);
    EXPECT_EQ(begun, std::vector<std::string>{});
}

TEST(Verbs, no_call_begins_after_a_pause_was_acknowledged) {
    constexpr milliseconds kAway{500};
    std::atomic<bool> paused{false};
    std::atomic<int> late{0};
    FlowRig rig([&](const StepCall& call, const RecordUndo&, auto ended) {
        if (call.side == Side::kCompensate && paused) ++late;
        if (call.side == Side::kCompensate && call.attempt == 1) {
            return ended({{}, {}, Error(GANTRY_E_UNAVAILABLE, "away", 0, nullptr, kAway)});
        }
        ended(call.name == "refuse" ? refusal() : fine());
    });
    rig.add({{"name", "many"},
             {"steps",
              {{{"id", "all"},
                {"for_each", json::array({1, 2, 3, 4})},
                {"limit", 4},
                {"do", {{{"step", "a"}}}}},
               {{"step", "refuse"}}}}});
    rig.add({{"name", "other"}, {"steps", {{{"step", "a"}}, {{"step", "b"}}}}});
    const auto id = rig.start("many");
    rig.until([&] { return rig.store->run(id)->status == RunStatus::kCompensating; });
    rig.ask.pause(id);
    paused = true;
    EXPECT_EQ(rig.wait(id).status, RunStatus::kPaused);
    std::promise<void> beyond;
    rig.machinery.timers.after(kAway, [&] { beyond.set_value(); });
    beyond.get_future().wait();  // every delay that began before has ended
    EXPECT_EQ(rig.wait(rig.start("other")).status, RunStatus::kDone) << "by the same threads";
    EXPECT_EQ(late, 0);
    paused = false;
    rig.ask.resume(id);
    EXPECT_EQ(rig.wait(id).status, RunStatus::kReverted);
}

TEST(Verbs, no_undo_follows_the_one_that_a_pause_found_under_way) {
    HeldCalls undos;
    FlowRig rig([&](const StepCall& call, const RecordUndo&, auto ended) {
        if (call.side == Side::kCompensate) return undos.hold(call, std::move(ended));
        ended(call.name == "refuse" ? refusal() : fine());
    });
    rig.add(
        {{"name", "three"}, {"steps", {{{"step", "a"}}, {{"step", "b"}}, {{"step", "refuse"}}}}});
    const auto id = rig.start("three");
    rig.until([&] { return undos.size() == 1; });
    rig.ask.pause(id);
    undos.answer_all(fine());
    EXPECT_EQ(rig.wait(id).status, RunStatus::kPaused);
    EXPECT_EQ(undos.keys(), std::vector<std::string>{"b/compensate"});
    rig.ask.resume(id);
    rig.until([&] { return undos.size() == 1; });
    undos.answer_all(fine());
    EXPECT_EQ(rig.wait(id).status, RunStatus::kReverted);
    EXPECT_EQ(undos.keys(), (std::vector<std::string>{"b/compensate", "a/compensate"}));
}

TEST(Verbs, a_call_is_told_when_its_runs_deadline_passes) {
    HeldCalls held;
    FlowRig rig([&](const StepCall& call, const RecordUndo&, auto ended) {
        if (call.side == Side::kCompensate) return ended(fine());
        held.hold(call, std::move(ended));
    });
    rig.add({{"name", "dead"}, {"deadline", "1s"}, {"steps", {{{"step", "a"}}}}});
    const auto id = rig.start("dead");
    rig.until([&] { return held.size() == 1 && rig.steps.last()->cancelled; });
    held.answer_all(fine());
    EXPECT_EQ(rig.wait(id).status, RunStatus::kReverted);
}

TEST(Verbs, a_run_whose_plugin_is_gone_can_be_paused_and_cancelled) {
    std::shared_ptr<Store> store = Store::open("memory:", "test");
    std::string id;
    {
        FlowRig first([](const StepCall&, const RecordUndo&, auto ended) { ended(fine()); }, store);
        first.add(
            {{"name", "old"}, {"steps", {{{"id", "nap"}, {"sleep", "1h"}}, {{"step", "a"}}}}});
        id = first.start("old");
        first.until_waiting(id, "time:");
    }
    FlowRig rig([](const StepCall&, const RecordUndo&, auto ended) { ended(fine()); }, store);
    rig.steps.gone = "a";
    rig.engine.recover();
    EXPECT_NO_THROW(rig.ask.pause(id));
    EXPECT_EQ(rig.wait(id).status, RunStatus::kPaused);
    EXPECT_NO_THROW(rig.ask.cancel(id));
    EXPECT_EQ(rig.wait(id).status, RunStatus::kReverted) << "it had nothing to undo";
}

TEST(Verbs, a_stop_does_not_wait_for_a_step_that_holds_no_thread) {
    HeldCalls held;
    FlowRig rig([&](const StepCall& call, const RecordUndo&, auto e) { held.hold(call, e); });
    rig.add({{"name", "later"}, {"steps", {{{"step", "async"}}}}});
    const auto id = rig.start("later");
    rig.until([&] { return held.size() == 1; });
    rig.steps.last()->hand_over();
    EXPECT_TRUE(rig.engine.stop(seconds(20))) << "nobody has answered it";
    EXPECT_FALSE(rig.store->run(id)->owner) << "the next host goes on with it";
    rig.lost = true;
    held.answer_all(fine());
}

TEST(Verbs, a_resume_is_answered_when_the_run_stands_in_line_again) {
    HeldCalls held;
    const test::TempDir dir;
    FlowRig rig(
        [&](const StepCall& call, const auto&, auto ended) { held.hold(call, std::move(ended)); },
        Store::open("sqlite:" + (dir / "gantry.db").string(), "test"));
    rig.add({{"name", "line"}, {"exclusive", "${ .input.x }"}, {"steps", {{{"step", "a"}}}}});
    rig.engine.recover();
    const auto first = rig.start("line", R"({"x":1})");
    const auto second = rig.start("line", R"({"x":1})");
    for (int i = 0; i < 5; ++i) {
        rig.ask.pause(second);
        EXPECT_EQ(rig.store->run(second)->status, RunStatus::kPaused);
        rig.ask.resume(second);
        EXPECT_EQ(rig.store->run(second)->status, RunStatus::kWaiting);
    }
    rig.until([&] { return held.size() == 1; });
    held.answer_all(fine());
    rig.until([&] { return held.size() == 1; });
    held.answer_all(fine());
    EXPECT_EQ(rig.wait(second).status, RunStatus::kDone);
    EXPECT_EQ(rig.wait(first).status, RunStatus::kDone);
}

}  // namespace
}  // namespace gantry::host
