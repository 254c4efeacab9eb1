// Steps that may fail, what they skip, steps that find nothing to do, and answers from outside.
#include "saga_world.hpp"

namespace gantry::host {
namespace {

json may_fail(const char* step, const char* skip_to = nullptr) {
    json source = {{"step", step}, {"on_failure", "continue"}};
    if (skip_to != nullptr) source["skip_to"] = skip_to;
    return source;
}

StepEnd skips() {
    StepEnd end{"null", {}, {}};
    end.skipped = true;
    return end;
}

std::vector<DefinitionProblem> problems_of(const json& source) {
    std::vector<DefinitionProblem> problems;
    parse_definition(source, problems);
    return problems;
}

TEST(MayFail, a_run_goes_on_without_a_step_that_may_fail_and_says_what_failed) {
    Held run(plan_of({{"name", "w"},
                      {"steps", {may_fail("a"), {{"step", "b"}, {"with", "${ .steps.a }"}}}},
                      {"result", {{"a", "${ .steps.a }"}, {"why", "${ .errors.a.code }"}}}}));
    run.take(run->begin(1));
    const auto change = run.ended(0, refused(), 2);
    ASSERT_EQ(change.calls.size(), 1U);
    EXPECT_EQ(change.calls[0].input, "null");
    run.ended(1, kDone, 3);
    EXPECT_EQ(run.run().status, RunStatus::kDone);
    EXPECT_EQ(run.run().output, R"({"a":null,"why":"REJECTED"})");
    EXPECT_EQ(run.row("a").status, StepStatus::kFailed);
    EXPECT_EQ(json::parse(*run.row("a").error).at("message"), "e");
    EXPECT_EQ(run.world().events, std::vector<std::string>{"went_on"});
}

TEST(MayFail, a_step_that_may_fail_has_all_its_attempts_first) {
    Held run(plan_of({{"name", "w"}, {"steps", {may_fail("a"), {{"step", "b"}}}}}));
    run.take(run->begin(1));
    std::int64_t now = 1;
    for (int attempt = 1; attempt < 8; ++attempt) {
        EXPECT_TRUE(run.ended(0, failing(GANTRY_E_UNAVAILABLE, 0), ++now).calls.empty());
        if (run.run().status == RunStatus::kWaiting) {
            now = *run.run().wake_at;
            run.reload();
            run.take(run->begin(now));
        } else {
            now = *run->next_wake();
            run.take(run->wake(now));
        }
    }
    EXPECT_EQ(run.ended(0, failing(GANTRY_E_UNAVAILABLE, 0), ++now).calls.size(), 1U) << "b";
    EXPECT_EQ(run.row("a").attempt, 8);
}

TEST(MayFail, what_a_failed_step_left_is_undone_with_the_rest_when_a_later_one_fails) {
    Held run(plan_of({{"name", "w"}, {"steps", {may_fail("a"), {{"step", "b"}}}}}));
    run.take(run->begin(1));
    run.ended(0, failing(GANTRY_E_DEADLINE, GANTRY_EF_MAYBE_APPLIED), 2);
    run.reload();  // it stands in the rows
    run.take(run->begin(3));
    run.ended(1, refused(), 4);
    const auto change = run.undone(1, 5);
    ASSERT_EQ(change.calls.size(), 1U);
    EXPECT_EQ(run->path(change.calls[0].at.task), "a");
    EXPECT_EQ(change.calls[0].output, std::nullopt) << "its output is not known";
    EXPECT_EQ(change.calls[0].undo, std::nullopt);
    run.undone(0, 6);
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

TEST(MayFail, a_failed_step_skips_what_stands_before_the_named_one_also_after_a_restart) {
    for (const bool restarts : {false, true}) {
        Held run(plan_of(
            {{"name", "w"},
             {"steps",
              {may_fail("a", "e"),
               {{"step", "b"}},
               {{"parallel", {{{"step", "c"}}, {{"step", "d"}}}}},
               {{"id", "each"}, {"for_each", "${ .input.list }"}, {"do", {{{"step", "x"}}}}},
               {{"step", "e"}, {"with", {{"b", "${ .steps.b }"}, {"c", "${ .steps.c }"}}}}}}}));
        run.take(run->begin(1));
        auto change = run.ended(0, refused(), 2);
        if (restarts) {
            run.reload();
            change = run.take(run->begin(3));
        }
        ASSERT_EQ(change.calls.size(), 1U);
        EXPECT_EQ(run->path(change.calls[0].at.task), "e");
        EXPECT_EQ(change.calls[0].input, R"({"b":null,"c":null})");
        EXPECT_EQ(run.row("b").status, StepStatus::kSkipped);
        EXPECT_EQ(run.row("each").status, StepStatus::kSkipped);
        EXPECT_FALSE(run.world().rows.contains("c"));
        run.ended(change.calls[0].at.task, kDone, 4);
        EXPECT_EQ(run.run().status, RunStatus::kDone);
    }
}

TEST(MayFail, a_step_whose_input_cannot_be_made_counts_as_failed) {
    Held run(plan_of({{"name", "w"},
                      {"steps",
                       {{{"step", "a"}, {"with", "${ .input.x.y }"}, {"on_failure", "continue"}},
                        {{"step", "b"}}}}}),
             R"({"x":7})");
    const auto change = run.take(run->begin(1));
    ASSERT_EQ(change.calls.size(), 1U);
    EXPECT_EQ(run->path(change.calls[0].at.task), "b");
}

TEST(MayFail, a_cancelled_run_does_not_go_on_without_the_step_that_was_told_to_stop) {
    Held run(plan_of({{"name", "w"}, {"steps", {may_fail("a"), {{"step", "b"}}}}}));
    run.take(run->begin(1));
    run.take(run->cancel(kStop, 2));
    const auto change = run.ended(0, failing(GANTRY_E_CANCELLED, GANTRY_EF_NOT_APPLIED), 3);
    EXPECT_TRUE(change.calls.empty());
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

TEST(MayFail, the_step_that_is_one_too_many_fails_the_run_whatever_it_may) {
    json items = json::array();
    for (int i = 0; i < 9'999; ++i) items.push_back(i);
    Held run(plan_of({{"name", "w"},
                      {"steps",
                       {{{"id", "one"},
                         {"for_each", items},
                         {"limit", 1000},
                         {"do",
                          {{{"id", "w1"}, {"when", true}, {"then", json::array()}},
                           {{"id", "w2"}, {"when", true}, {"then", json::array()}}}}},
                        may_fail("a"),
                        may_fail("b"),
                        may_fail("c")}}}));
    auto change = run.take(run->begin(1));
    ASSERT_EQ(change.calls.size(), 1U) << "20000 stand";
    change = run.ended(change.calls[0].at.task, refused(), 2);
    EXPECT_TRUE(change.calls.empty());
    EXPECT_NE(run.run().error.value_or("").find("20000"), std::string::npos);
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

TEST(MayFail, a_definition_says_what_is_wrong_with_it) {
    const auto problems =
        problems_of({{"name", "w"},
                     {"steps",
                      {{{"step", "a"}, {"on_failure", "ignore"}},
                       {{"step", "b"}, {"on_failure", "continue"}, {"skip_to", "a"}},
                       {{"step", "c"}, {"skip_to", "d"}},
                       {{"step", "delta"}, {"on_failure", "continue"}, {"skip_to", "ends"}},
                       {{"step", "end"}, {"with", "${ .errors.late }"}},
                       {{"step", "late"}}}}});
    ASSERT_EQ(problems.size(), 6U);
    EXPECT_EQ(problems[0].pointer, "/steps/0/on_failure");
    EXPECT_NE(problems[0].message.find("\"continue\""), std::string::npos);
    EXPECT_EQ(problems[1].pointer, "/steps/2/skip_to") << problems[1].message;
    EXPECT_EQ(problems[2].pointer, "/steps/4/with") << problems[2].message;
    EXPECT_NE(problems[3].message.find("Did you mean \"end\"?"), std::string::npos);
    EXPECT_EQ(problems[4].pointer, "/steps/2/skip_to");
    EXPECT_EQ(problems[5].pointer, "/steps/1/skip_to");
}

TEST(Skipped, a_step_that_found_nothing_to_do_is_shown_as_skipped_and_not_undone) {
    Held run(plan_of({{"name", "w"}, {"steps", {{{"step", "a"}}, {{"step", "b"}}}}}));
    run.take(run->begin(1));
    run.take(run->undo_recorded(0, R"({"was":1})", 2));
    run.ended(0, skips(), 3);
    EXPECT_EQ(run.row("a").status, StepStatus::kSkipped);
    run.reload();
    run.take(run->begin(4));
    run.ended(1, refused(), 5);
    EXPECT_TRUE(run.undone(1, 6).calls.empty());
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

// What it finds done may be what the attempt whose end nobody saw has done.
TEST(Skipped, a_step_that_finds_nothing_to_do_after_an_attempt_of_unknown_effect_is_undone) {
    Held run(plan_of({{"name", "w"}, {"steps", {{{"step", "a"}}, {{"step", "b"}}}}}));
    run.take(run->begin(1));
    run.take(run->undo_recorded(0, R"({"was":1})", 2));
    run.reload();
    run.take(run->begin(3));
    run.ended(0, skips(), 4);
    EXPECT_EQ(run.row("a").status, StepStatus::kDone);
    const auto change = run.ended(1, refused(), 5);
    ASSERT_EQ(change.calls.size(), 1U);
    EXPECT_EQ(change.calls[0].undo, R"({"was":1})");
}

TEST(FromOutside, a_failure_is_one_attempt_and_a_permanent_one_the_last) {
    Held run(plan_of(line({"a", "b"})));
    run.take(run->begin(1));
    run.ended(0, failing(GANTRY_E_UNAVAILABLE, 0), 2);
    EXPECT_EQ(run.row("a").attempt, 2);
    run.take(run->supply("a", Side::kInvoke, failing(GANTRY_E_UNAVAILABLE, 0), 3, 0.5));
    EXPECT_EQ(run.row("a").attempt, 3);
    EXPECT_EQ(run.run().status, RunStatus::kInvoking);
    EXPECT_EQ(run->next_wake(), 3 + 400);
    run.take(run->supply("a", Side::kInvoke, refused(), 4, 0.5));
    EXPECT_EQ(run.run().status, RunStatus::kReverted);
}

TEST(FromOutside, a_failure_of_a_step_that_paused_its_run_has_it_tried_again) {
    Held run(plan_of(line({"a", "b"})));
    run.take(run->begin(1));
    run.ended(0, failing(GANTRY_E_AUTH, GANTRY_EF_NOT_APPLIED), 2);
    ASSERT_EQ(run.run().status, RunStatus::kPaused);
    run.reload();
    run.take(run->supply("a", Side::kInvoke, failing(GANTRY_E_UNAVAILABLE, 0), 3, 0.5));
    EXPECT_EQ(run.run().status, RunStatus::kInvoking);
    EXPECT_EQ(run.take(run->wake(*run->next_wake())).calls.size(), 1U);
}

// As it waits for its next attempt, stands paused, or has failed for good.
TEST(FromOutside, an_undo_is_answered_as_done_wherever_its_run_stands) {
    const auto reverting = [] {
        Held run(plan_of(line({"a", "b", "c"})));
        run.take(run->begin(1));
        run.ended(0, kDone, 2);
        run.ended(1, kDone, 3);
        run.ended(2, refused(), 4);
        return run;
    };
    {
        auto run = reverting();
        run.ended(1, failing(GANTRY_E_UNAVAILABLE, 0), 5, Side::kCompensate);
        const auto change = run.take(run->supply("b", Side::kCompensate, kDone, 6, 0.5));
        ASSERT_EQ(change.calls.size(), 1U);
        EXPECT_EQ(run->path(change.calls[0].at.task), "a");
        run.undone(0, 7);
        EXPECT_EQ(run.run().status, RunStatus::kReverted);
    }
    {
        auto run = reverting();
        run.ended(1, failing(GANTRY_E_AUTH, 0), 5, Side::kCompensate);
        ASSERT_EQ(run.run().status, RunStatus::kPaused);
        run.reload();
        const auto change = run.take(run->supply("b", Side::kCompensate, kDone, 6, 0.5));
        ASSERT_EQ(change.calls.size(), 1U);
        EXPECT_EQ(run->path(change.calls[0].at.task), "a");
        EXPECT_EQ(run.row("b/c").status, StepStatus::kDone);
    }
    {
        auto run = reverting();
        run.ended(1, refused(), 5, Side::kCompensate);
        run.undone(0, 6);
        ASSERT_EQ(run.run().status, RunStatus::kFailed);
        EXPECT_FALSE(run->supply("b", Side::kCompensate, refused(), 7, 0.5)) << "it has failed";
        run.take(run->supply("b", Side::kCompensate, kDone, 7, 0.5));
        EXPECT_EQ(run.run().status, RunStatus::kReverted);
        EXPECT_EQ(run.row("b/c").error, std::nullopt);
    }
}

TEST(FromOutside, a_failed_undo_is_one_attempt_and_a_permanent_one_the_last) {
    for (const bool stood : {false, true}) {
        Held run(plan_of(line({"a", "b"})));
        run.take(run->begin(1));
        run.ended(0, kDone, 2);
        run.ended(1, refused(), 3);
        run.ended(0, failing(stood ? GANTRY_E_AUTH : GANTRY_E_UNAVAILABLE, 0), 4,
                  Side::kCompensate);
        if (stood) run.reload();
        run.take(run->supply("a", Side::kCompensate, failing(GANTRY_E_UNAVAILABLE, 0), 5, 0.5));
        EXPECT_EQ(run.row("a/c").status, StepStatus::kStarted);
        EXPECT_EQ(run.run().status, RunStatus::kCompensating);
        run.take(run->supply("a", Side::kCompensate, refused(), 6, 0.5));
        EXPECT_EQ(run.row("a/c").status, StepStatus::kFailed);
        EXPECT_EQ(run.run().status, RunStatus::kFailed);
    }
}

// Both have failed and are asked for again; the later one is asked first.
TEST(FromOutside, an_undo_whose_turn_has_not_come_is_answered_and_the_one_before_it_goes_on) {
    const auto retried = [](const json& source, std::initializer_list<std::size_t> undone) {
        Held run(plan_of(source));
        run.take(run->begin(1));
        for (std::size_t i = 0; run.run().status == RunStatus::kInvoking; ++i) {
            if (run->traits(i).name == "last") {
                run.ended(i, refused(), 2);
            } else {
                run.ended(i, kDone, 2);
            }
        }
        for (const auto task : undone) run.ended(task, refused(), 3, Side::kCompensate);
        EXPECT_EQ(run.run().status, RunStatus::kFailed);
        run.reload();
        const auto change = run.take(run->retry(4));
        EXPECT_EQ(change.calls.size(), 1U);
        return run;
    };
    {
        auto run = retried(line({"a", "b", "last"}), {1, 0});
        EXPECT_FALSE(run->supply("a", Side::kCompensate, refused(), 5, 0.5)) << "nobody asked it";
        auto change = run.take(run->supply("a", Side::kCompensate, kDone, 5, 0.5));
        EXPECT_FALSE(change.stands);
        EXPECT_EQ(run.run().status, RunStatus::kCompensating);
        change = run.undone(1, 6);
        EXPECT_TRUE(change.calls.empty()) << "a is undone";
        EXPECT_EQ(run.run().status, RunStatus::kReverted);
    }
    {
        Held run(plan_of({{"name", "w"},
                          {"steps",
                           {{{"parallel", {{{"step", "x"}}, {{"step", "y"}}}}},
                            {{"step", "z"}},
                            {{"step", "last"}}}}}));
        run.take(run->begin(1));
        auto change = run.ended(1, kDone, 2);
        change = run.ended(2, kDone, 2);
        const auto z = change.calls.at(0).at.task;
        change = run.ended(z, kDone, 2);
        run.ended(change.calls.at(0).at.task, refused(), 2);
        change = run.ended(z, refused(), 3, Side::kCompensate);
        for (const auto& call : change.calls) {
            run.ended(call.at.task, refused(), 3, Side::kCompensate);
        }
        ASSERT_EQ(run.run().status, RunStatus::kFailed);
        run.reload();
        run.take(run->retry(4));
        change = run.take(run->supply("x", Side::kCompensate, kDone, 5, 0.5));
        EXPECT_FALSE(change.stands);
        change = run.undone(z, 6);
        ASSERT_EQ(change.calls.size(), 1U) << "y alone";
        EXPECT_EQ(run->path(change.calls[0].at.task), "y");
        run.undone(change.calls[0].at.task, 7);
        EXPECT_EQ(run.run().status, RunStatus::kReverted);
    }
}

TEST(FromOutside, an_undo_that_nobody_asked_for_is_not_answered) {
    Held run(plan_of(line({"a", "b"})));
    run.take(run->begin(1));
    run.ended(0, kDone, 2);
    EXPECT_FALSE(run->supply("a", Side::kCompensate, kDone, 3, 0.5));
    EXPECT_FALSE(run->supply("b", Side::kCompensate, kDone, 3, 0.5));
    run.take(run->cancel(kStop, 4));
    run.ended(1, kDone, 5);
    EXPECT_FALSE(run->supply("a", Side::kInvoke, kDone, 6, 0.5)) << "it is undone";
}

}  // namespace
}  // namespace gantry::host
