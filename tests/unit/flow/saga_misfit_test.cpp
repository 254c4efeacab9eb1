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
    EXPECT_EQ(run.run().waits_for, "plugin: acme-erp is not loaded");
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
    EXPECT_EQ(run.run().waits_for, "plugin: acme-erp is not loaded");

    run.stored().status = RunStatus::kFailed;  // as it was before
    run.stored().finished_at = 4;
    run.stored().waits_for.reset();
    run.row("a/c").status = StepStatus::kFailed;
    run.reload("acme-erp is not loaded");
    run.take(run->skip("a", "by hand", 6));
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

TEST(SagaMisfit, an_answer_from_outside_stands_where_the_next_call_needs_a_plugin_that_is_gone) {
    Held run(plan_of(line({"a", "b"})));
    run.take(run->begin(1));
    run.ended(0, failing(GANTRY_E_AUTH, 0), 2);
    run.plan() = gone(plan_of(line({"a", "b"})));
    run.reload("acme-erp is not loaded");
    const auto change = run.take(run->supply("a", kDone, 3));
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

}  // namespace
}  // namespace gantry::host
