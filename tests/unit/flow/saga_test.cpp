// The state machine by enumeration: every mixture of outcomes of up to three steps, with the saga
// rebuilt from its rows after any transition, against what the rules say should have happened.
// Longer than most: the rules are written down here a second time.
#include "flow/saga.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace gantry::host {
namespace {

enum class Do {
    kOk,
    kOkWithUndo,
    kRetryThenOk,
    kRefused,           // PERMANENT, NOT_APPLIED, after it recorded undo data
    kHalfDone,          // PERMANENT, after it recorded undo data and wrote
    kFailedUnrecorded,  // PERMANENT, nothing recorded
    kLate,              // DEADLINE: unknown
    kBugTwice,          // an exception without a class, twice: unknown
};
constexpr int kDos = 8;
enum class Undo { kOk, kRetryThenOk, kRefused };
constexpr int kUndos = 3;

struct Script {
    Do invoke = Do::kOk;
    Undo compensate = Undo::kOk;
};

Plan plan_of(std::size_t steps) {
    json source = {{"name", "w"}, {"steps", json::array()}, {"result", "${ .steps.s0 }"}};
    for (std::size_t i = 0; i < steps; ++i) {
        source["steps"].push_back({{"step", "s" + std::to_string(i)}, {"with", "${ .input }"}});
    }
    std::vector<DefinitionProblem> problems;
    Plan plan{*parse_definition(source, problems), {}};
    for (std::size_t i = 0; i < steps; ++i) {
        StepTraits traits;
        traits.module = "m";
        traits.name = "s" + std::to_string(i);
        traits.compensable = true;
        plan.steps.push_back(traits);
    }
    return plan;
}

/// The store and the outside world of one run.
struct World {
    RunRow run;
    std::map<std::string, StepRow> rows;  // by path and side
    std::vector<std::string> calls;       // "s0", "s1/compensate": those that ended
    std::map<std::string, int> ended;     // how often each was answered
    std::map<std::string, std::string> undo_given;

    void write(const Mutation& m) {
        auto input = std::move(run.input);  // an update does not carry it
        run = m.run;
        if (!m.accept) run.input = std::move(input);
        for (const auto& step : m.steps)
            rows[step.path + (step.side == Side::kInvoke ? "" : "/c")] = step;
    }
    std::vector<StepRow> steps() const {
        std::vector<StepRow> all;
        for (const auto& [key, row] : rows) all.push_back(row);
        return all;
    }
};

StepEnd failing(gantry_status code, std::uint32_t flags) {
    return {{}, {}, Error(code, "e", flags)};
}

/// The answer of a scripted step, and whether it records undo data first.
StepEnd answer(const Script& script, const CallCommand& call, int times_before, bool& records) {
    if (call.at.side == Side::kCompensate) {
        switch (script.compensate) {
            case Undo::kRetryThenOk:
                if (times_before == 0) return failing(GANTRY_E_UNAVAILABLE, 0);
                break;
            case Undo::kRefused:
                return failing(GANTRY_E_REJECTED, 0);
            default:
                break;
        }
        return {"null", {}, {}};
    }
    switch (script.invoke) {
        case Do::kOk:
            return {R"("out")", {}, {}};
        case Do::kOkWithUndo:
            return {R"("out")", "null", {}};
        case Do::kRetryThenOk:
            if (times_before == 0) return failing(GANTRY_E_CONFLICT, GANTRY_EF_NOT_APPLIED);
            return {R"("out")", {}, {}};
        case Do::kRefused:
            records = true;
            return failing(GANTRY_E_REJECTED, GANTRY_EF_NOT_APPLIED);
        case Do::kHalfDone:
            records = true;
            return failing(GANTRY_E_REJECTED, 0);
        case Do::kFailedUnrecorded:
            return failing(GANTRY_E_REJECTED, 0);
        case Do::kLate:
            return failing(GANTRY_E_DEADLINE, GANTRY_EF_MAYBE_APPLIED);
        case Do::kBugTwice:
            return failing(GANTRY_E_INTERNAL, GANTRY_EF_MAYBE_APPLIED);
    }
    return {};
}

/// Drives a run to its end. After the commits whose numbers are in `restarts`, the saga is thrown
/// away and built again from the rows, as after a crash.
World simulate(const Plan& plan, const std::vector<Script>& scripts,
               const std::set<int>& restarts) {
    const RetryPolicies policies;
    World world;
    world.run.id = "r";
    world.run.input = R"({"id":1})";
    auto saga = std::make_unique<Saga>(plan, policies, world.run, std::vector<StepRow>{});
    std::int64_t now = 1000;
    auto change = saga->begin(now);
    EXPECT_TRUE(change.accept);
    int commits = 0;
    for (;;) {
        EXPECT_LT(commits, 200) << "does not end";
        if (commits >= 200) return world;
        world.write(saga->mutation(change));
        if (change.over) return world;
        if (restarts.contains(commits++)) {
            saga = std::make_unique<Saga>(plan, policies, world.run, world.steps());
            change = saga->begin(++now);
            continue;
        }
        if (!change.call) {
            ADD_FAILURE() << "neither over nor calling";
            return world;
        }
        const auto call = *change.call;
        const auto& script = scripts[call.at.step];
        const std::string name =
            plan.steps[call.at.step].name + (call.at.side == Side::kInvoke ? "" : "/compensate");
        bool records = false;
        auto end = answer(script, call, world.ended[name]++, records);
        if (records && !call.undo) {
            const auto recorded = saga->undo_recorded(call.at.step, R"({"was":1})", ++now);
            world.write(saga->mutation(*recorded));
        }
        if (call.at.side == Side::kCompensate)
            world.undo_given[name] = call.undo.value_or("absent");
        if (!end.error || end.error->error_class() != GANTRY_CLASS_RETRYABLE)
            world.calls.push_back(name);
        change = saga->ended(call.at, std::move(end), ++now, 0.5);
    }
}

/// What the rules of DESIGN 7 say of one script, independent of the saga.
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
    for (const auto& call : world.calls) {
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

TEST(Saga, every_mixture_of_outcomes_of_up_to_three_steps_ends_as_the_rules_say) {
    for (std::size_t steps = 1; steps <= 3; ++steps) {
        const auto plan = plan_of(steps);
        enumerate(steps, [&](const auto& scripts) { check(plan, scripts, {}); });
    }
}

TEST(Saga, a_restart_after_any_commit_changes_nothing_but_attempts) {
    const auto plan = plan_of(2);
    enumerate(2, [&](const auto& scripts) {
        for (int at = 0; at < 9; ++at) check(plan, scripts, {at});
        check(plan, scripts, {0, 1, 2, 3, 5, 8});
    });
}

TEST(Saga, two_steps_that_succeed_cost_three_commits) {
    const auto plan = plan_of(2);
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    Saga saga(plan, policies, run, {});
    auto first = saga.begin(1);
    EXPECT_EQ(first.rows.size(), 1U);
    auto second = saga.ended(first.call->at, {"1", {}, {}}, 2, 0.5);
    EXPECT_EQ(second.rows.size(), 2U) << "the first is done and the second started, at once";
    auto third = saga.ended(second.call->at, {"2", {}, {}}, 3, 0.5);
    EXPECT_TRUE(third.over);
    EXPECT_FALSE(third.call.has_value());
}

TEST(Saga, keys_are_the_same_for_every_attempt_and_differ_by_side) {
    const auto plan = plan_of(1);
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    const Saga saga(plan, policies, run, {});
    EXPECT_EQ(saga.key({0, Side::kInvoke}), "r/s0");
    EXPECT_EQ(saga.key({0, Side::kCompensate}), "r/s0/compensate");
}

TEST(Saga, a_conflict_before_any_change_takes_its_undo_data_anew) {
    const auto plan = plan_of(1);
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    Saga saga(plan, policies, run, {});
    auto change = saga.begin(1);
    saga.undo_recorded(0, R"({"old":1})", 2);
    change =
        saga.ended({0, Side::kInvoke}, failing(GANTRY_E_CONFLICT, GANTRY_EF_NOT_APPLIED), 3, 0.5);
    ASSERT_TRUE(change.call.has_value());
    EXPECT_FALSE(change.call->undo.has_value()) << "read again: the old one is out of date";
    saga.undo_recorded(0, R"({"old":2})", 4);
    change = saga.ended({0, Side::kInvoke}, failing(GANTRY_E_UNAVAILABLE, 0), 5, 0.5);
    EXPECT_EQ(change.call->undo, R"({"old":2})") << "it may have written: the record stays";
    change =
        saga.ended({0, Side::kInvoke}, failing(GANTRY_E_REJECTED, GANTRY_EF_NOT_APPLIED), 6, 0.5);
    ASSERT_TRUE(change.call.has_value()) << "an earlier attempt may have written: it is undone";
    EXPECT_EQ(change.call->at.side, Side::kCompensate);
    EXPECT_EQ(change.call->undo, R"({"old":2})");
}

TEST(Saga, a_lost_reply_is_undone_even_when_the_last_attempt_says_it_did_nothing) {
    const auto plan = plan_of(1);
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    Saga saga(plan, policies, run, {});
    saga.begin(1);
    saga.ended({0, Side::kInvoke}, failing(GANTRY_E_UNAVAILABLE, GANTRY_EF_MAYBE_APPLIED), 2, 0.5);
    const auto change =
        saga.ended({0, Side::kInvoke}, failing(GANTRY_E_REJECTED, GANTRY_EF_NOT_APPLIED), 3, 0.5);
    ASSERT_TRUE(change.call.has_value());
    EXPECT_EQ(change.call->at.side, Side::kCompensate);
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
    ASSERT_TRUE(change.call.has_value());
    EXPECT_EQ(change.call->at.step, 0U);
    EXPECT_EQ(change.call->at.side, Side::kCompensate);
    EXPECT_EQ(saga.run().status, RunStatus::kCompensating);
    EXPECT_EQ(json::parse(*saga.run().error).at("step"), "b");
}

TEST(Saga, a_configuration_error_pauses_and_a_resume_asks_again) {
    const auto plan = plan_of(1);
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    run.owner = "host";
    Saga saga(plan, policies, run, {});
    saga.begin(1);
    const auto change = saga.ended({0, Side::kInvoke}, failing(GANTRY_E_AUTH, 0), 2, 0.5);
    EXPECT_FALSE(change.call.has_value());
    EXPECT_FALSE(change.over);
    EXPECT_EQ(saga.run().status, RunStatus::kPaused);
    EXPECT_FALSE(saga.run().owner.has_value());
    Saga again(plan, policies, saga.run(), saga.mutation(change).steps);
    const auto resumed = again.begin(3);
    ASSERT_TRUE(resumed.call.has_value());
    EXPECT_EQ(resumed.call->at.side, Side::kInvoke);
    EXPECT_EQ(again.run().status, RunStatus::kInvoking);
    EXPECT_FALSE(again.run().error.has_value());
}

TEST(Saga, a_step_that_runs_at_most_once_is_not_asked_again_after_a_crash) {
    auto plan = plan_of(1);
    plan.steps[0].at_most_once = true;
    const RetryPolicies policies;
    RunRow run;
    run.id = "r";
    run.input = "{}";
    Saga saga(plan, policies, run, {});
    const auto mutation = saga.mutation(saga.begin(1));
    Saga again(plan, policies, mutation.run, mutation.steps);
    const auto change = again.begin(2);
    ASSERT_TRUE(change.call.has_value());
    EXPECT_EQ(change.call->at.side, Side::kCompensate);
    EXPECT_EQ(again.mutation(change).steps.front().status, StepStatus::kUnknown);
}

TEST(Saga, a_step_without_a_compensation_is_passed_over) {
    auto plan = plan_of(2);
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
    EXPECT_TRUE(change.over);
    EXPECT_EQ(saga.run().status, RunStatus::kReverted);
}

}  // namespace
}  // namespace gantry::host
