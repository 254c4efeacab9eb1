// A run that cannot go on in this host: what needs no plugin works, the rest stands and says why.
#include "saga_world.hpp"

namespace gantry::host {
namespace {

Plan gone(Plan plan) {
    for (auto& step : plan.steps) {
        const auto name = step.name;
        step = {};
        step.name = name;
        step.missing = true;
    }
    return plan;
}

TEST(SagaMisfit, a_run_whose_plugin_is_gone_stands_at_once) {
    Held run(plan_of(line({"a", "b"})));
    run.take(run->begin(1));
    run.ended(0, kDone, 2);
    run.plan() = gone(plan_of(line({"a", "b"})));
    run.reload("acme-erp is not loaded");
    const auto change = run.take(run->begin(3));
    EXPECT_TRUE(change.stands);
    EXPECT_TRUE(change.calls.empty());
    EXPECT_EQ(run.run().status, RunStatus::kWaiting);
    EXPECT_EQ(run.run().waits_for, "plugin: acme-erp is not loaded");
    run.reload("acme-erp is not loaded");
    run.take(run->pause(kPausedByPerson, 4));
    EXPECT_EQ(run.run().status, RunStatus::kPaused);
    // What is done there has to be undone by it.
    run.reload("acme-erp is not loaded");
    const auto cancelled = run.take(run->cancel(kStop, 5));
    EXPECT_TRUE(cancelled.stands);
    EXPECT_EQ(run.run().status, RunStatus::kCompensating);
    EXPECT_EQ(run.run().waits_for,
              "plugin: step b cannot be undone here: acme-erp is not loaded (nor can a)");
    run.plan() = plan_of(line({"a", "b"}));
    run.reload();
    const auto back = run.take(run->begin(6));
    ASSERT_EQ(back.calls.size(), 1U);
    EXPECT_EQ(back.calls[0].at.task, 1U) << "it was under way when its host died";
    run.undone(1, 7);
    run.undone(0, 8);
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

TEST(SagaMisfit, a_run_that_has_nothing_to_undo_is_cancelled_without_its_plugin) {
    Held run(plan_of(line({"a"})));
    run.take(run->begin(1));
    run.ended(0, failing(GANTRY_E_AUTH, GANTRY_EF_NOT_APPLIED), 2);
    EXPECT_EQ(run.run().status, RunStatus::kPaused);
    run.plan() = gone(plan_of(line({"a"})));
    run.reload("acme-erp is not loaded");
    run.take(run->cancel(kStop, 3));
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

TEST(SagaMisfit, a_failed_undo_is_skipped_without_its_plugin_and_retried_only_with_it) {
    Held run(plan_of(line({"a", "b"})));
    run.take(run->begin(1));
    run.ended(0, kDone, 2);
    run.ended(1, refused(), 3);
    run.ended(0, failing(GANTRY_E_REJECTED, 0), 4, Side::kCompensate);
    EXPECT_EQ(run.run().status, RunStatus::kFailed);
    run.plan() = gone(plan_of(line({"a", "b"})));
    run.reload("acme-erp is not loaded");
    run.take(run->retry(5));
    EXPECT_EQ(run.run().status, RunStatus::kCompensating);
    EXPECT_EQ(run.run().waits_for, "plugin: step a cannot be undone here: acme-erp is not loaded");

    run.stored().status = RunStatus::kFailed;  // as it was before
    run.stored().finished_at = 4;
    run.stored().waits_for.reset();
    run.row("a/c").status = StepStatus::kFailed;
    run.reload("acme-erp is not loaded");
    run.take(run->skip("a", {"", "by hand"}, 6));
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

TEST(SagaMisfit, an_answer_from_outside_stands_where_the_next_call_needs_a_plugin_that_is_gone) {
    Held run(plan_of(line({"a", "b"})));
    run.take(run->begin(1));
    run.ended(0, failing(GANTRY_E_AUTH, 0), 2);
    run.plan() = gone(plan_of(line({"a", "b"})));
    run.reload("acme-erp is not loaded");
    const auto change = run.take(run->supply("a", Side::kInvoke, kDone, 3, 0.5));
    EXPECT_TRUE(change.stands);
    EXPECT_EQ(run.run().status, RunStatus::kWaiting);
    EXPECT_EQ(run.row("a").status, StepStatus::kDone);
    EXPECT_FALSE(run.world().rows.contains("b"));
}

TEST(SagaMisfit, a_run_whose_plugin_is_gone_keeps_its_deadline) {
    Held run(plan_of(line({"a"})));
    run.stored().deadline_at = 500;
    run.reload("gone");
    run.take(run->begin(1));
    EXPECT_EQ(run.run().wake_at, 500);
    run.reload("gone");
    run.take(run->begin(500));
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

// "a" and "b" were done and "c" was under way when its host died; the plugin of "b" is gone.
void lose_b(Held& run) {
    run.take(run->begin(1));
    run.ended(0, kDone, 2);
    run.ended(1, kDone, 3);
    run.reload("gone", {"", "gone", ""});
}

TEST(SagaMisfit, what_can_be_undone_is_undone_and_what_cannot_is_named) {
    Held run(plan_of(line({"a", "b", "c"})));
    lose_b(run);
    const auto cancelled = run.take(run->cancel(kStop, 4));
    ASSERT_EQ(cancelled.calls.size(), 1U) << "c is undone, whose outcome is not known";
    EXPECT_EQ(cancelled.calls[0].at.task, 2U);
    EXPECT_TRUE(run.undone(2, 5).stands);
    EXPECT_EQ(run.run().status, RunStatus::kCompensating);
    EXPECT_EQ(run.run().waits_for, "plugin: step b cannot be undone here: gone");
    EXPECT_FALSE(run->cancel(kStop, 6)) << "it reverts already, and nothing is given up";

    run.reload("gone", {"", "gone", ""});
    const auto given_up = run.take(run->cancel(kStop, 7, {{}, "the ERP is gone"}, {"b"}));
    ASSERT_EQ(given_up.calls.size(), 1U) << "what stands before it goes on";
    EXPECT_EQ(given_up.calls[0].at.task, 0U);
    EXPECT_EQ(run.row("b/c").status, StepStatus::kSkipped);
    ASSERT_EQ(given_up.events.size(), 1U);
    EXPECT_EQ(given_up.events[0].kind, "given_up");
    EXPECT_EQ(json::parse(given_up.events[0].detail).at("note"), "the ERP is gone");
    run.undone(0, 8);
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

TEST(SagaMisfit, a_step_is_given_up_with_the_cancel_that_reverts) {
    Held run(plan_of(line({"a", "b", "c"})));
    lose_b(run);
    run.take(run->cancel(kStop, 4, {{}, "both are gone"}, {"b", "c"}));
    EXPECT_EQ(run.row("c").status, StepStatus::kUnknown);
    EXPECT_EQ(run.row("c/c").status, StepStatus::kSkipped);
    run.undone(0, 5);
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
    EXPECT_EQ(run.row("b/c").status, StepStatus::kSkipped);
}

TEST(SagaMisfit, all_that_is_gone_is_given_up_at_once) {
    Held run(plan_of(line({"a", "b", "c"})));
    run.take(run->begin(1));
    run.ended(0, kDone, 2);
    run.ended(1, kDone, 3);
    run.reload("gone", {"", "gone", "gone"});
    run.take(run->cancel(kStop, 4));
    EXPECT_EQ(run.run().waits_for, "plugin: step c cannot be undone here: gone (nor can b)");
    run.reload("gone", {"", "gone", "gone"});
    run.take(run->cancel(kStop, 5, {{}, "the ERP is gone"}, {"*"}));
    run.undone(0, 6);
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

TEST(SagaMisfit, an_undo_that_waits_for_its_next_attempt_is_given_up) {
    Held run(plan_of(line({"a", "b"})));
    run.take(run->begin(1));
    run.ended(0, kDone, 2);
    run.ended(1, refused(), 3);
    run.ended(0, failing(GANTRY_E_UNAVAILABLE, 0), 4, Side::kCompensate);
    run.take(run->cancel(kStop, 5, {{}, "it is switched off"}, {"a"}));
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
    EXPECT_EQ(run.row("a/c").status, StepStatus::kSkipped);
}

TEST(SagaMisfit, of_several_that_are_given_up_none_is_asked_for) {
    for (const auto& order : {std::vector<std::string>{"b", "a"}, {"a", "b"}}) {
        Held run(plan_of(line({"z", "a", "b", "c"})));
        run.take(run->begin(1));
        for (std::size_t step = 0; step < 3; ++step) run.ended(step, kDone, 2);
        run.ended(3, refused(), 3);
        run.ended(2, failing(GANTRY_E_UNAVAILABLE, 0), 4, Side::kCompensate);
        const auto change = run.take(run->cancel(kStop, 5, {{}, "they are gone"}, order));
        ASSERT_EQ(change.calls.size(), 1U);
        EXPECT_EQ(change.calls[0].at.task, 0U);
        run.undone(0, 6);
        EXPECT_EQ(run.run().status, RunStatus::kReverted);
        EXPECT_EQ(run.row("a/c").status, StepStatus::kSkipped);
    }
}

TEST(SagaMisfit, giving_up_resumes_nobodys_pause) {
    Held run(plan_of({{"name", "w"},
                      {"steps",
                       {{{"step", "z"}},
                        {{"parallel", {{{"step", "a"}}, {{"step", "b"}}}}},
                        {{"step", "c"}}}}}));
    run.take(run->begin(1));
    run.ended(0, kDone, 2);
    run.ended(2, kDone, 3);
    run.ended(3, kDone, 3);
    run.ended(4, refused(), 4);
    run.ended(2, failing(GANTRY_E_UNAVAILABLE, 0), 5, Side::kCompensate);
    run.take(run->pause(kPausedByPerson, 6));
    run.take(run->cancel(kStop, 7, {{}, "it is gone"}, {"a"}));
    EXPECT_TRUE(run.undone(3, 8).stands);
    EXPECT_EQ(run.run().status, RunStatus::kPaused);
    EXPECT_EQ(run.run().waits_for, kPausedByPerson);
    run.reload();
    EXPECT_FALSE(run->cancel(kStop, 9, {{}, "nothing is"}, {"*"}));
    EXPECT_EQ(run.take(run->begin(10)).calls.size(), 1U);
    run.undone(0, 11);
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

TEST(SagaMisfit, nothing_is_given_up_that_is_not_there_or_under_way) {
    Held run(plan_of(line({"a", "b", "c"})));
    run.take(run->begin(1));
    run.ended(0, kDone, 2);
    for (const char* path : {"nowhere", "c", "b"}) {
        EXPECT_THROW(run->cancel(kStop, 3, {{}, "why"}, {"a", path}), Error) << path;
    }
    EXPECT_EQ(run.run().status, RunStatus::kInvoking);
    EXPECT_FALSE(run.world().rows.contains("a/c"));
}

TEST(SagaRevert, a_run_that_is_done_is_undone_from_its_last_step_to_its_first) {
    Held run(plan_of(line({"a", "b"})));
    run.take(run->begin(1));
    run.ended(0, kDone, 2);
    run.ended(1, kDone, 3);
    ASSERT_EQ(run.run().status, RunStatus::kDone);
    run.reload();
    const auto change = run.take(run->revert_done(4, {"Ada", "the wrong price"}));
    ASSERT_EQ(change.calls.size(), 1U);
    EXPECT_EQ(change.calls[0].at.task, 1U);
    EXPECT_EQ(run.run().status, RunStatus::kCompensating);
    EXPECT_NE(run.run().error->find("the wrong price"), std::string::npos);
    EXPECT_FALSE(run.run().finished_at);
    run.undone(1, 5);
    run.undone(0, 6);
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
    EXPECT_FALSE(run->revert_done(7, {}));
}

}  // namespace
}  // namespace gantry::host
