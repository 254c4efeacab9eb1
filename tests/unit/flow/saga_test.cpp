// The state machine by enumeration: every mixture of outcomes of up to three steps, with the saga
// rebuilt from its rows after any transition, against what the rules say should have happened.
// Longer than most: the rules are written down here a second time.
#include "saga_world.hpp"

namespace gantry::host {
namespace {

Plan steps_of(std::size_t steps) {
    json source = {{"name", "w"}, {"steps", json::array()}, {"result", "${ .steps.s0 }"}};
    for (std::size_t i = 0; i < steps; ++i) {
        source["steps"].push_back({{"step", "s" + std::to_string(i)}, {"with", "${ .input }"}});
    }
    return plan_of(source);
}

World simulate(const Plan& plan, const std::vector<Script>& scripts,
               const std::set<int>& restarts) {
    return Simulation(
               plan,
               [&](const std::string& path) {
                   return scripts[static_cast<std::size_t>(path[1] - '0')];
               },
               [&](int commit) { return restarts.contains(commit - 1); }, 1)
        .run(R"({"id":1})");
}

/// What the rules say of one script (host/README.md, "States"), independent of the saga.
struct Expected {
    RunStatus status = RunStatus::kDone;
    std::vector<std::string> undone;  // in order
    std::map<std::string, std::string> undo_given;
};

Expected expect(const std::vector<Script>& scripts, bool restarted) {
    Expected out;
    std::vector<std::pair<std::string, std::string>> to_undo;  // name, data
    bool failed = false;
    for (std::size_t i = 0; i < scripts.size() && !failed; ++i) {
        const std::string name = "s" + std::to_string(i) + "/compensate";
        switch (scripts[i].invoke) {
            case Do::kOk:
            case Do::kRetryThenOk:
            case Do::kSkips:
                to_undo.emplace_back(name, R"("out")");
                break;
            case Do::kOkWithUndo:
                to_undo.emplace_back(name, "null");
                break;
            case Do::kRefused:
                // After a restart an earlier attempt may have had an effect, so it is undone.
                if (restarted) to_undo.emplace_back(name, R"({"was":1})");
                failed = true;
                break;
            case Do::kHalfDone:
                to_undo.emplace_back(name, R"({"was":1})");
                failed = true;
                break;
            case Do::kFailedUnrecorded:
                // After a restart nobody knows what the attempt before it did.
                if (restarted) to_undo.emplace_back(name, "absent");
                failed = true;
                break;
            case Do::kLate:
            case Do::kBugTwice:
                to_undo.emplace_back(name, "absent");
                failed = true;
                break;
        }
    }
    if (!failed) return out;
    out.status = RunStatus::kReverted;
    for (auto it = to_undo.rbegin(); it != to_undo.rend(); ++it) {
        out.undone.push_back(it->first);
        out.undo_given[it->first] = it->second;
        const auto step = static_cast<std::size_t>(it->first[1] - '0');
        if (scripts[step].compensate == Undo::kRefused) out.status = RunStatus::kFailed;
    }
    return out;
}

void check(const Plan& plan, const std::vector<Script>& scripts, const std::set<int>& restarts) {
    // A refusal in the step that was called again after a restart is undone; which one that was
    // depends on the place of the restart, so both answers are compared where they differ.
    const auto world = simulate(plan, scripts, restarts);
    std::vector<std::string> undone;
    for (const auto& call : world.ended) {
        if (call.ends_with("/compensate")) undone.push_back(call);
    }
    const auto clean = expect(scripts, false);
    const auto touched = expect(scripts, true);
    const bool as_clean = world.run.status == clean.status && undone == clean.undone &&
                          world.undo_given == clean.undo_given;
    const bool as_touched = !restarts.empty() && world.run.status == touched.status &&
                            undone == touched.undone && world.undo_given == touched.undo_given;
    std::string scenario;
    for (const auto& s : scripts) {
        scenario += std::to_string(static_cast<int>(s.invoke)) + "/" +
                    std::to_string(static_cast<int>(s.compensate)) + " ";
    }
    for (const int r : restarts) scenario += "restart " + std::to_string(r) + " ";
    EXPECT_TRUE(as_clean || as_touched)
        << scenario << "ended " << to_string(world.run.status) << ", expected "
        << to_string(clean.status) << "; undone: " << testing::PrintToString(undone)
        << ", expected " << testing::PrintToString(clean.undone) << " with "
        << testing::PrintToString(clean.undo_given) << ", found "
        << testing::PrintToString(world.undo_given);
    EXPECT_FALSE(world.run.owner.has_value());
    EXPECT_TRUE(world.run.finished_at.has_value());
    if (world.run.status == RunStatus::kDone) {
        EXPECT_EQ(world.run.output, R"("out")");
    } else {
        EXPECT_TRUE(world.run.error.has_value());
    }
}

void enumerate(std::size_t steps, const std::function<void(const std::vector<Script>&)>& visit) {
    const int kinds = kDos * kUndos;
    std::size_t total = 1;
    for (std::size_t i = 0; i < steps; ++i) total *= static_cast<std::size_t>(kinds);
    for (std::size_t n = 0; n < total; ++n) {
        std::vector<Script> scripts;
        auto rest = static_cast<int>(n);
        for (std::size_t i = 0; i < steps; ++i, rest /= kinds) {
            scripts.push_back(
                {static_cast<Do>(rest % kinds % kDos), static_cast<Undo>(rest % kinds / kDos)});
        }
        visit(scripts);
    }
}

void check_every_mixture(std::size_t steps) {
    const auto plan = steps_of(steps);
    enumerate(steps, [&](const auto& scripts) { check(plan, scripts, {}); });
}

TEST(Saga, every_mixture_of_outcomes_of_one_and_two_steps_ends_as_the_rules_say) {
    check_every_mixture(1);
    check_every_mixture(2);
}

TEST(OfThreeSteps, every_mixture_of_outcomes_ends_as_the_rules_say) { check_every_mixture(3); }

TEST(Saga, a_restart_after_any_commit_changes_nothing_but_attempts) {
    const auto plan = steps_of(2);
    enumerate(2, [&](const auto& scripts) {
        for (int at = 0; at < 9; ++at) check(plan, scripts, {at});
        check(plan, scripts, {0, 1, 2, 3, 5, 8});
    });
}

TEST(Saga, two_steps_that_succeed_cost_three_commits) {
    const auto plan = steps_of(2);
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    Saga saga(plan, policies, run, {});
    auto first = saga.begin(1);
    EXPECT_EQ(first.rows.size(), 1U);
    auto second = saga.ended(first.calls.at(0).at, {"1", {}, {}}, 2, 0.5);
    EXPECT_EQ(second.rows.size(), 2U) << "the first is done and the second started, at once";
    auto third = saga.ended(second.calls.at(0).at, {"2", {}, {}}, 3, 0.5);
    EXPECT_TRUE(third.stands);
    EXPECT_TRUE(third.calls.empty());
}

TEST(Saga, keys_are_the_same_for_every_attempt_and_differ_by_side) {
    const auto plan = steps_of(1);
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    Saga saga(plan, policies, run, {});
    saga.begin(1);
    EXPECT_EQ(saga.key({0, Side::kInvoke}), "r/s0");
    EXPECT_EQ(saga.key({0, Side::kCompensate}), "r/s0/compensate");
}

TEST(Saga, a_conflict_before_any_change_takes_its_undo_data_anew) {
    const auto plan = steps_of(1);
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    Saga saga(plan, policies, run, {});
    auto change = saga.begin(1);
    saga.undo_recorded(0, R"({"old":1})", 2);
    change =
        saga.ended({0, Side::kInvoke}, failing(GANTRY_E_CONFLICT, GANTRY_EF_NOT_APPLIED), 3, 0.5);
    change = saga.wake(saga.next_wake().value());
    ASSERT_FALSE(change.calls.empty());
    EXPECT_FALSE(change.calls.at(0).undo.has_value()) << "read again: the old one is out of date";
    saga.undo_recorded(0, R"({"old":2})", 300);
    change = saga.ended({0, Side::kInvoke}, failing(GANTRY_E_UNAVAILABLE, 0), 301, 0.5);
    change = saga.wake(saga.next_wake().value());
    ASSERT_FALSE(change.calls.empty());
    EXPECT_EQ(change.calls.at(0).undo, R"({"old":2})") << "it may have written: the record stays";
    change =
        saga.ended({0, Side::kInvoke}, failing(GANTRY_E_REJECTED, GANTRY_EF_NOT_APPLIED), 6, 0.5);
    ASSERT_FALSE(change.calls.empty()) << "an earlier attempt may have written: it is undone";
    EXPECT_EQ(change.calls.at(0).at.side, Side::kCompensate);
    EXPECT_EQ(change.calls.at(0).undo, R"({"old":2})");
}

TEST(Saga, a_lost_reply_is_undone_even_when_the_last_attempt_says_it_did_nothing) {
    const auto plan = steps_of(1);
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    Saga saga(plan, policies, run, {});
    saga.begin(1);
    saga.ended({0, Side::kInvoke}, failing(GANTRY_E_UNAVAILABLE, GANTRY_EF_MAYBE_APPLIED), 2, 0.5);
    saga.wake(saga.next_wake().value());
    const auto change =
        saga.ended({0, Side::kInvoke}, failing(GANTRY_E_REJECTED, GANTRY_EF_NOT_APPLIED), 3, 0.5);
    ASSERT_FALSE(change.calls.empty());
    EXPECT_EQ(change.calls.at(0).at.side, Side::kCompensate);
    EXPECT_EQ(saga.mutation(change).steps.front().status, StepStatus::kUnknown);
}

TEST(Saga, an_input_that_cannot_be_made_fails_the_step_without_calling_it) {
    json source = {{"name", "w"},
                   {"steps",
                    {{{"step", "a"}, {"with", "${ .input }"}},
                     {{"step", "b"}, {"with", "${ .steps.a.x.y }"}}}}};
    std::vector<DefinitionProblem> problems;
    StepTraits traits;
    traits.compensable = true;
    const Plan plan{*parse_definition(source, problems), {traits, traits}};
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    Saga saga(plan, policies, run, {});
    saga.begin(1);
    const auto change = saga.ended({0, Side::kInvoke}, {R"({"x":"text"})", {}, {}}, 2, 0.5);
    ASSERT_FALSE(change.calls.empty());
    EXPECT_EQ(change.calls.at(0).at.task, 0U);
    EXPECT_EQ(change.calls.at(0).at.side, Side::kCompensate);
    EXPECT_EQ(saga.run().status, RunStatus::kCompensating);
    EXPECT_EQ(json::parse(*saga.run().error).at("step"), "b");
}

TEST(Saga, a_configuration_error_pauses_and_a_resume_asks_again) {
    const auto plan = steps_of(1);
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    run.owner = "host";
    Saga saga(plan, policies, run, {});
    saga.begin(1);
    const auto change = saga.ended({0, Side::kInvoke}, failing(GANTRY_E_AUTH, 0), 2, 0.5);
    EXPECT_TRUE(change.calls.empty());
    EXPECT_TRUE(change.stands);
    EXPECT_EQ(saga.run().status, RunStatus::kPaused);
    EXPECT_FALSE(saga.run().owner.has_value());
    Saga again(plan, policies, saga.run(), saga.mutation(change).steps);
    const auto resumed = again.begin(3);
    ASSERT_FALSE(resumed.calls.empty());
    EXPECT_EQ(resumed.calls.at(0).at.side, Side::kInvoke);
    EXPECT_EQ(again.run().status, RunStatus::kInvoking);
    EXPECT_FALSE(again.run().error.has_value());
}

TEST(Saga, a_step_that_runs_at_most_once_is_not_asked_again_after_a_crash) {
    auto plan = steps_of(1);
    plan.steps[0].at_most_once = true;
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    Saga saga(plan, policies, run, {});
    const auto mutation = saga.mutation(saga.begin(1));
    Saga again(plan, policies, mutation.run, mutation.steps);
    const auto change = again.begin(2);
    ASSERT_FALSE(change.calls.empty());
    EXPECT_EQ(change.calls.at(0).at.side, Side::kCompensate);
    EXPECT_EQ(again.mutation(change).steps.front().status, StepStatus::kUnknown);
}

TEST(Saga, a_step_without_a_compensation_is_passed_over) {
    auto plan = steps_of(2);
    plan.steps[0].compensable = false;
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    Saga saga(plan, policies, run, {});
    saga.begin(1);
    saga.ended({0, Side::kInvoke}, {"1", {}, {}}, 2, 0.5);
    const auto change =
        saga.ended({1, Side::kInvoke}, failing(GANTRY_E_REJECTED, GANTRY_EF_NOT_APPLIED), 3, 0.5);
    EXPECT_TRUE(change.stands);
    EXPECT_EQ(saga.run().status, RunStatus::kReverted);
}

std::vector<StepRow> rows_of(Saga& saga, const Change& change) {
    return saga.mutation(change).steps;
}

TEST(Saga, a_list_that_is_none_and_an_input_that_cannot_be_made_are_undone_after_a_restart) {
    for (const json& second :
         {json{{"id", "all"}, {"for_each", "${ .input.l }"}, {"do", {{"step", "b"}}}},
          json{{"id", "inner"},
               {"workflow", "inner"},
               {"with", "${ .input.l.x }"},
               {"definition", {{"steps", {{{"step", "b"}}}}}}}}) {
        const auto plan = plan_of({{"name", "w"}, {"steps", {{{"step", "a"}}, second}}});
        const RetryPolicies policies;
        RunRow run;
        run.id = "r";
        run.input = R"({"l":"abc"})";
        Saga saga(plan, policies, run, {});
        saga.begin(1);
        const auto change = saga.ended({0, Side::kInvoke}, {"1", {}, {}}, 2, 0.5);
        ASSERT_EQ(change.calls.size(), 1U) << "a is undone";
        auto steps = rows_of(saga, change);
        auto later = saga.run();
        later.fence = 1;
        Saga again(plan, policies, later, std::move(steps));
        const auto resumed = again.begin(3);
        ASSERT_EQ(resumed.calls.size(), 1U);
        EXPECT_EQ(resumed.calls[0].at.side, Side::kCompensate);
    }
}

TEST(Saga, a_pause_that_its_host_did_not_live_to_keep_is_kept_by_the_next) {
    const auto plan = steps_of(1);
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    Saga saga(plan, policies, run, {});
    const auto begun = saga.begin(1);
    const auto paused = saga.pause(kPausedByPerson, 2);
    ASSERT_TRUE(paused);
    EXPECT_FALSE(paused->stands) << "its call is under way";
    auto later = saga.run();
    later.fence = 1;
    Saga again(plan, policies, later, rows_of(saga, begun));
    const auto change = again.begin(3);
    EXPECT_TRUE(change.calls.empty());
    EXPECT_EQ(again.run().status, RunStatus::kPaused);
    EXPECT_EQ(again.run().waits_for, kPausedByPerson);
}

TEST(Saga, an_answer_after_a_crash_lets_the_other_branch_go_on) {
    const auto plan =
        plan_of({{"name", "w"}, {"steps", {{{"parallel", {{{"step", "a"}}, {{"step", "b"}}}}}}}});
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    Saga saga(plan, policies, run, {});
    auto rows = rows_of(saga, saga.begin(1));
    auto later = saga.run();
    later.fence = 1;
    Saga again(plan, policies, later, std::move(rows));
    const auto change = again.supply("a", Side::kInvoke, {"1", {}, {}}, 3, 0.5);
    ASSERT_TRUE(change);
    ASSERT_EQ(change->calls.size(), 1U) << "b is asked again";
    EXPECT_EQ(again.run().status, RunStatus::kInvoking);
}

TEST(Saga, a_signal_that_was_loaded_is_not_taken_twice) {
    const auto plan = plan_of(
        {{"name", "w"}, {"steps", {{{"id", "x"}, {"wait", "go"}}, {{"id", "y"}, {"wait", "go"}}}}});
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    const SignalRow signal{"s", "go", "1", 0};
    Saga saga(plan, policies, run, {}, {signal});
    saga.begin(1);
    saga.signalled(signal, 2);
    EXPECT_EQ(saga.run().waits_for, "signal: go") << "y still waits";
}

}  // namespace
}  // namespace gantry::host
