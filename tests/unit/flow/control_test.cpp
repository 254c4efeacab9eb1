// What can be asked of a run: signals, answers from outside, another way to go on; deadlines and
// what is kept. The engine with scripted steps on a store in memory.
#include "flow/engine.hpp"
#include "flow/retention.hpp"
#include "support/asking.hpp"
#include "support/machinery.hpp"
#include "support/scripted_attempt.hpp"

#include <gtest/gtest.h>

#include <future>

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class OpenSteps : public Steps {
public:
    explicit OpenSteps(Pool& plugins) : plugins_(plugins) {}

    StepTraits find(const StepReference& what) const override {
        auto traits = test::traits_of(what.step);
        traits.async = what.step == "later";
        return traits;
    }
    std::shared_ptr<StepAttempt> attempt(StepCall call, AttemptEvents events) override {
        return std::make_shared<test::ScriptedAttempt>(
            std::move(call), std::move(events),
            [this](const StepCall& c, const RecordUndo&, auto e) { answer(c, std::move(e)); },
            plugins_);
    }

    std::vector<std::string> calls() {
        const std::lock_guard lock(mutex_);
        return calls_;
    }
    std::atomic<bool> refuses{false};        // "fails" and the undo of "stubborn"
    std::atomic<bool> misconfigured{false};  // "sign-in"

private:
    void answer(const StepCall& call, const test::ScriptedAttempt::Ended& ended) {
        {
            const std::lock_guard lock(mutex_);
            calls_.push_back(call.key.substr(call.run_id.size() + 1));
        }
        const bool undo = call.side == Side::kCompensate;
        if (call.name == "later" && !undo) return;  // somebody else will say
        if (refuses && ((call.name == "fails" && !undo) || (call.name == "stubborn" && undo))) {
            return ended({{}, {}, Error(GANTRY_E_REJECTED, "no", GANTRY_EF_NOT_APPLIED)});
        }
        if (misconfigured && call.name == "sign-in") {
            return ended({{}, {}, Error(GANTRY_E_AUTH, "wrong password")});
        }
        ended({"\"" + call.name + "\"", {}, {}});
    }

    Pool& plugins_;
    std::mutex mutex_;
    std::vector<std::string> calls_;
};

class Control : public testing::Test {
protected:
    Control() { engine_.recover(); }
    ~Control() override {
        EXPECT_TRUE(engine_.stop(seconds(10)));
        machinery_.stop();
    }

    void add(const json& source) {
        std::vector<DefinitionProblem> problems;
        auto definition = parse_definition(source, problems);
        ASSERT_TRUE(definition) << problems.front().pointer << " " << problems.front().message;
        Plan plan{std::move(*definition), {}};
        for (const auto& step : plan.definition.steps) plan.steps.push_back(steps_.find(step.what));
        engine_.add(std::move(plan), nullptr);
    }

    std::string start(const std::string& workflow, const std::string& input = "{}") {
        const auto answer = ask_.start({workflow, input, {}, {}});
        EXPECT_FALSE(answer.error) << answer.error->message();
        return answer.run_id;
    }

    RunRow wait(const std::string& id) {
        ask_.wait(*store_, id);
        return *store_->run(id);
    }

    void until(const std::function<bool()>& is) {
        const auto deadline = std::chrono::steady_clock::now() + seconds(20);
        while (!is() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        EXPECT_TRUE(is());
    }

    void until_waiting(const std::string& id, const std::string& what) {
        until([&] { return store_->run(id)->waits_for.value_or("").starts_with(what); });
    }

    std::unique_ptr<Store> store_ = Store::open("memory:", "test");
    test::Machinery machinery_;
    OpenSteps steps_{machinery_.plugins};
    Engine engine_{machinery_.parts(*store_, steps_), {}};
    test::Asking ask_{engine_};
};

const json kAsk = {{"name", "ask"},
                   {"steps", {{{"id", "ok"}, {"wait", "approved"}}, {{"step", "b"}}}},
                   {"result", "${ .steps.ok.by }"}};

TEST_F(Control, a_run_waits_for_its_signal_as_a_row_and_takes_it_once) {
    add(kAsk);
    const auto id = start("ask");
    until_waiting(id, "signal: approved");
    EXPECT_FALSE(store_->run(id)->owner);
    EXPECT_TRUE(ask_.signal(id, {"s1", "other", "{}", 0}));
    EXPECT_TRUE(ask_.signal(id, {"s2", "approved", R"({"by":"Ada"})", 0}));
    EXPECT_FALSE(ask_.signal(id, {"s2", "approved", R"({"by":"Bob"})", 0}));
    EXPECT_EQ(wait(id).output, "\"Ada\"");
    EXPECT_THROW(ask_.signal(id, {"s3", "approved", "1", 0}), Error) << "it is over";
}

TEST_F(Control, a_signal_that_came_before_anybody_waited_is_not_lost) {
    add({{"name", "late"},
         {"steps", {{{"step", "later"}}, {{"id", "ok"}, {"wait", "go"}}}},
         {"result", "${ .steps.ok }"}});
    const auto id = start("late");
    until([&] { return steps_.calls().size() == 1; });
    EXPECT_TRUE(ask_.signal(id, {"s1", "go", "5", 0}));
    ask_.supply(id, "later", {"1", {}, {}});
    EXPECT_EQ(wait(id).output, "5");
}

TEST_F(Control, a_signal_that_comes_too_late_reverts_the_run) {
    add({{"name", "short"},
         {"steps", {{{"step", "a"}}, {{"id", "ok"}, {"wait", "go"}, {"timeout", "50ms"}}}}});
    const auto run = wait(start("short"));
    EXPECT_EQ(run.status, RunStatus::kReverted);
    EXPECT_EQ(json::parse(*run.error).at("code"), "DEADLINE");
    EXPECT_EQ(steps_.calls(), (std::vector<std::string>{"a", "a/compensate"}));
}

TEST_F(Control, a_step_is_answered_from_outside_by_run_and_step) {
    add({{"name", "out"}, {"steps", {{{"step", "later"}}}}, {"result", "${ .steps.later }"}});
    const auto id = start("out");
    until([&] { return steps_.calls().size() == 1; });
    EXPECT_THROW(ask_.supply(id, "nobody", {"1", {}, {}}), Error);
    ask_.supply(id, "later", {R"({"done":true})", {}, {}});
    EXPECT_EQ(wait(id).output, R"({"done":true})");
    EXPECT_THROW(ask_.supply(id, "later", {"1", {}, {}}), Error) << "it has ended";
}

TEST_F(Control, a_failure_from_outside_reverts) {
    add({{"name", "out"}, {"steps", {{{"step", "a"}}, {{"step", "later"}}}}});
    const auto id = start("out");
    until([&] { return steps_.calls().size() == 2; });
    ask_.supply(id, "later", {{}, {}, Error(GANTRY_E_REJECTED, "no", GANTRY_EF_NOT_APPLIED)});
    EXPECT_EQ(wait(id).status, RunStatus::kReverted);
    EXPECT_EQ(steps_.calls().back(), "a/compensate");
}

TEST_F(Control, a_person_supplies_what_a_misconfigured_step_would_have_answered) {
    add({{"name", "conf"},
         {"steps", {{{"step", "sign-in"}}, {{"step", "b"}}}},
         {"result", "${ .steps[\"sign-in\"] }"}});
    steps_.misconfigured = true;
    const auto id = start("conf");
    EXPECT_EQ(wait(id).status, RunStatus::kPaused);
    ask_.supply(id, "sign-in", {"7", {}, {}});
    until([&] { return is_over(store_->run(id)->status); });
    EXPECT_EQ(store_->run(id)->output, "7");
    EXPECT_EQ(steps_.calls(), (std::vector<std::string>{"sign-in", "b"}));
}

TEST_F(Control, a_failed_undo_is_asked_for_again_or_skipped_with_a_note) {
    add({{"name", "undo"},
         {"steps", {{{"step", "a"}}, {{"step", "stubborn"}}, {{"step", "fails"}}}}});
    steps_.refuses = true;
    const auto one = start("undo");
    EXPECT_EQ(wait(one).status, RunStatus::kFailed);
    EXPECT_EQ(steps_.calls().back(), "a/compensate") << "the others are undone nevertheless";
    ask_.retry(one);
    until([&] { return is_over(store_->run(one)->status); });
    EXPECT_EQ(store_->run(one)->status, RunStatus::kFailed) << "refused again";
    steps_.refuses = false;
    ask_.retry(one);
    EXPECT_EQ(wait(one).status, RunStatus::kReverted);
    EXPECT_THROW(ask_.retry(one), Error);

    steps_.refuses = true;
    const auto two = start("undo");
    EXPECT_EQ(wait(two).status, RunStatus::kFailed);
    EXPECT_THROW(ask_.skip(two, "a", "no"), Error) << "that one is undone";
    ask_.skip(two, "stubborn", "done by hand");
    EXPECT_EQ(store_->run(two)->status, RunStatus::kReverted);
    EXPECT_NE(store_->events(two).back().detail.find("done by hand"), std::string::npos);
}

TEST_F(Control, a_fork_begins_at_a_step_with_what_stands_before_it) {
    add({{"name", "line"},
         {"steps",
          {{{"step", "a"}},
           {{"step", "b"}, {"with", "${ .steps.a }"}},
           {{"step", "fails"}, {"with", "${ .steps.b }"}}}},
         {"result", "${ .steps.b }"}});
    const auto id = start("line");
    EXPECT_EQ(wait(id).status, RunStatus::kDone);
    const auto fork = ask_.fork(id, "b");
    EXPECT_EQ(wait(fork).status, RunStatus::kDone);
    EXPECT_EQ(store_->run(fork)->forked_from, id);
    EXPECT_EQ(steps_.calls(), (std::vector<std::string>{"a", "b", "fails", "b", "fails"}));
    EXPECT_THROW(ask_.fork(id, "c"), Error);

    steps_.refuses = true;
    const auto bad = ask_.fork(id, "fails");
    EXPECT_EQ(wait(bad).status, RunStatus::kReverted);
    EXPECT_EQ(steps_.calls().back(), "fails") << "what belongs to the other run is not undone here";
    EXPECT_THROW(ask_.fork(bad, "nobody"), Error);
}

TEST_F(Control, a_run_that_passes_its_deadline_is_taken_back) {
    add({{"name", "dead"},
         {"deadline", "1s"},
         {"steps", {{{"step", "a"}}, {{"id", "nap"}, {"sleep", "1h"}}}}});
    const auto run = wait(start("dead"));
    EXPECT_EQ(run.status, RunStatus::kReverted);
    EXPECT_EQ(json::parse(*run.error).at("code"), "DEADLINE");
    EXPECT_EQ(steps_.calls().back(), "a/compensate");
}

TEST_F(Control, runs_of_an_exclusive_workflow_take_turns_by_value) {
    add({{"name", "turns"}, {"exclusive", "${ .input.id }"}, {"steps", {{{"step", "later"}}}}});
    const auto one = start("turns", R"({"id":"x"})");
    const auto two = start("turns", R"({"id":"x"})");
    const auto other = start("turns", R"({"id":"y"})");
    until([&] { return steps_.calls().size() == 2; });
    until_waiting(two, "turn: \"x\"");
    EXPECT_EQ(store_->run(two)->status, RunStatus::kWaiting);
    ask_.cancel(two);
    EXPECT_EQ(wait(two).status, RunStatus::kReverted) << "and nothing was done";
    const auto three = start("turns", R"({"id":"x"})");
    for (const auto& id : {other, one}) ask_.supply(id, "later", {"1", {}, {}});
    EXPECT_EQ(wait(one).status, RunStatus::kDone);
    until([&] { return steps_.calls().size() == 3; });
    ask_.supply(three, "later", {"1", {}, {}});
    EXPECT_EQ(wait(three).status, RunStatus::kDone);
}

TEST_F(Control, a_for_each_runs_no_more_items_at_once_than_its_limit) {
    add({{"name", "each"},
         {"steps",
          {{{"id", "all"},
            {"for_each", "${ .input }"},
            {"limit", 2},
            {"do", {{{"step", "later"}}}},
            {"result", "${ .item }"}}}},
         {"result", "${ .steps.all }"}});
    const auto id = start("each", "[10, 20, 30]");
    until([&] { return steps_.calls().size() == 2; });
    ask_.supply(id, "all[1]/later", {"1", {}, {}});
    until([&] { return steps_.calls().size() == 3; });
    EXPECT_EQ(steps_.calls().back(), "all[2]/later");
    ask_.supply(id, "all[2]/later", {"1", {}, {}});
    ask_.supply(id, "all[0]/later", {"1", {}, {}});
    EXPECT_EQ(wait(id).output, "[10,20,30]");
}

TEST_F(Control, finished_runs_are_deleted_when_their_time_is_over) {
    add({{"name", "quick"}, {"steps", {{{"step", "a"}}, {{"step", "fails"}}}}});
    const auto done = start("quick");
    wait(done);
    steps_.refuses = true;
    const auto reverted = start("quick");
    wait(reverted);
    RetentionSettings settings;
    settings.keep.done = milliseconds(1);
    settings.every = milliseconds(5);
    Retention retention(*store_, machinery_.load, machinery_.timers, machinery_.log, settings);
    until([&] { return !store_->run(done); });
    EXPECT_TRUE(store_->run(reverted)) << "kept for thirty days";
    EXPECT_EQ(retention.lag_seconds(), 0);
    retention.stop();
    engine_.stop(seconds(10));
    machinery_.stop();
}

TEST_F(Control, a_pause_in_the_middle_of_a_list_leaves_no_item_out) {
    add({{"name", "list"},
         {"steps", {{{"id", "all"}, {"for_each", "${ .input }"}, {"do", {{"step", "later"}}}}}},
         {"result", "${ .steps.all }"}});
    const auto id = start("list", "[1,2,3]");
    until([&] { return steps_.calls().size() == 1; });
    ask_.pause(id);
    ask_.supply(id, "all[0]/later", {"10", {}, {}});
    EXPECT_EQ(wait(id).status, RunStatus::kPaused);
    ask_.resume(id);
    for (const std::string step : {"all[1]/later", "all[2]/later"}) {
        until([&] { return steps_.calls().back() == step; });
        ask_.supply(id, step, {"20", {}, {}});
    }
    EXPECT_EQ(wait(id).output, "[10,20,20]");
}

TEST_F(Control, as_many_requests_at_once_as_threads_may_be_busy_all_come_through) {
    add(kAsk);
    std::vector<std::string> ids;
    const std::size_t many = 2 * std::max(2U, std::thread::hardware_concurrency());
    for (std::size_t i = 0; i < many; ++i) {
        ids.push_back(start("ask"));
        until_waiting(ids.back(), "signal: approved");
    }
    for (const auto& id : ids) machinery_.plugins.submit([&] { ask_.cancel(id); });
    for (const auto& id : ids) EXPECT_EQ(wait(id).status, RunStatus::kReverted);
}

TEST_F(Control, a_cancelled_sleeper_is_claimed_by_nobody_when_its_time_comes) {
    add({{"name", "nap"}, {"steps", {{{"step", "stubborn"}}, {{"id", "nap"}, {"sleep", "1h"}}}}});
    steps_.refuses = true;
    const auto id = start("nap");
    until_waiting(id, "time:");
    ask_.cancel(id);
    const auto run = wait(id);
    EXPECT_EQ(run.status, RunStatus::kFailed) << "its undo is refused";
    EXPECT_FALSE(run.wake_at);
    EXPECT_FALSE(run.waits_for);
    EXPECT_EQ(store_->waiting(), (std::map<std::string, std::int64_t>{}));
}

TEST_F(Control, a_signal_sent_again_is_known_also_when_its_run_is_over) {
    add(kAsk);
    const auto id = start("ask");
    until_waiting(id, "signal: approved");
    EXPECT_TRUE(ask_.signal(id, {"s1", "approved", R"({"by":"Ada"})", 0}));
    EXPECT_EQ(wait(id).status, RunStatus::kDone);
    EXPECT_FALSE(ask_.signal(id, {"s1", "approved", R"({"by":"Ada"})", 0}));
    EXPECT_THROW(ask_.signal(id, {"s2", "approved", "1", 0}), Error);
}

TEST_F(Control, two_signals_in_a_row_both_arrive) {
    json items = json::array();
    for (int i = 0; i < 300; ++i) items.push_back(i);
    add({{"name", "both"},
         {"steps",
          {{{"id", "all"}, {"for_each", items}, {"limit", 100}, {"do", {{"step", "a"}}}},
           {{"parallel", {{{"id", "x"}, {"wait", "x"}}, {{"id", "y"}, {"wait", "y"}}}}}}}});
    for (int i = 0; i < 10; ++i) {
        const auto id = start("both");
        until_waiting(id, "signal:");
        ask_.signal(id, {"1", "x", "1", 0});
        ask_.signal(id, {"2", "y", "2", 0});
        EXPECT_EQ(wait(id).status, RunStatus::kDone);
    }
}

TEST_F(Control, a_resumed_run_waits_for_its_turn) {
    add({{"name", "turns"}, {"exclusive", "${ .input.id }"}, {"steps", {{{"step", "later"}}}}});
    const auto one = start("turns", R"({"id":"x"})");
    const auto two = start("turns", R"({"id":"x"})");
    until([&] { return steps_.calls().size() == 1; });
    ask_.pause(two);
    ask_.resume(two);
    until_waiting(two, "turn:");
    EXPECT_THROW(ask_.retry(two), Error) << "refused, and its turn is not lost by that";
    ask_.supply(one, "later", {"1", {}, {}});
    EXPECT_EQ(wait(one).status, RunStatus::kDone);
    until([&] { return steps_.calls().size() == 2; });
    ask_.supply(two, "later", {"1", {}, {}});
    EXPECT_EQ(wait(two).status, RunStatus::kDone);
}

TEST_F(Control, a_fork_of_a_paused_run_is_not_paused) {
    add({{"name", "two"}, {"steps", {{{"step", "a"}}, {{"step", "sign-in"}}}}});
    steps_.misconfigured = true;
    const auto id = start("two");
    EXPECT_EQ(wait(id).status, RunStatus::kPaused);
    steps_.misconfigured = false;
    EXPECT_EQ(wait(ask_.fork(id, "sign-in")).status, RunStatus::kDone);
}

TEST_F(Control, an_answer_from_outside_is_durable_when_it_is_acknowledged) {
    add({{"name", "one"}, {"steps", {{{"step", "later"}}, {{"id", "nap"}, {"sleep", "1h"}}}}});
    const auto id = start("one");
    until([&] { return steps_.calls().size() == 1; });
    ask_.supply(id, "later", {"7", {}, {}});
    const auto rows = store_->steps(id);
    ASSERT_FALSE(rows.empty());
    EXPECT_EQ(rows.front().result, "7");
}

}  // namespace
}  // namespace gantry::host
