// An attempt under way: cancelled, completed from outside, or answered later.
#include "hang_rig.hpp"

#include "base/may_block.hpp"
#include "plugin/attempt.hpp"

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using test::call_of;
using test::HangRig;
using test::ProbeRig;
using test::script;

/// Lets a test wait until a step has come to its {"undo": …}.
class Inside {
public:
    explicit Inside(ProbeRig& rig) {
        rig.record = [this](const std::string&, const auto& done) {
            done(std::nullopt);
            here_->set_value();
        };
    }
    void wait() { test::get(here_); }

private:
    std::shared_ptr<std::promise<void>> here_ = std::make_shared<std::promise<void>>();
};

const json kHere = {{"undo", 1}};

TEST(Attempt, a_cancelled_step_is_told_is_not_stale_by_that_and_its_answer_counts) {
    ProbeRig rig;
    Inside inside(rig);
    const auto begun = rig.begin(
        script({kHere, {{"until_cancelled", true}}, call_of("inner.put"), {{"complete", 5}}}));
    inside.wait();
    begun.attempt->cancel();
    const auto end = test::get(begun.ended);
    EXPECT_FALSE(end.error);
    EXPECT_EQ(end.output, "5");
    const auto seen = rig.seen("top").at("seen");
    const auto told = std::find_if(seen.begin(), seen.end(),
                                   [](const json& one) { return one.contains("stopped"); });
    ASSERT_NE(told, seen.end()) << seen;
    EXPECT_EQ(told->at("stopped"), true);
    EXPECT_GT(told->at("remaining_ms"), 0);
    EXPECT_EQ(rig.keys("middle").size(), 1U) << "it may still write, to leave things in order";
}

TEST(Attempt, a_service_that_a_cancelled_step_is_calling_is_told_as_well) {
    ProbeRig rig;
    Inside inside(rig);
    const auto begun =
        rig.begin(script({kHere, call_of("inner.look", script({{{"until_cancelled", true}}}))}));
    inside.wait();
    rig.wait_until_inside("middle");
    begun.attempt->cancel();
    const auto report = json::parse(test::get(begun.ended).output);
    EXPECT_EQ(report.at("did")[1].at("did")[0].at("stopped"), true) << report;
    EXPECT_EQ(rig.seen("middle").at("cancelled"), 1);
}

TEST(Attempt, a_cancelled_one_that_waits_for_a_slot_ends_at_once_and_never_begins) {
    ProbeRig rig;
    Inside inside(rig);
    const auto first = rig.begin(script({kHere, {{"until_cancelled", true}}}));
    inside.wait();
    const auto second = rig.begin(script({call_of("inner.put")}));  // there is one slot
    second.attempt->cancel();
    const auto end = test::get(second.ended);  // while the first one has it
    EXPECT_EQ(end.error->code(), GANTRY_E_CANCELLED);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_FALSE(end.withdrawn);
    first.attempt->cancel();
    EXPECT_FALSE(test::get(first.ended).error);
    EXPECT_FALSE(rig.step(script({})).error) << "who wanted none any more passed the slot on";
    EXPECT_TRUE(rig.keys("middle").empty());
}

TEST(Attempt, a_cancelled_one_that_waits_for_a_thread_ends_at_once_and_never_begins) {
    ProbeRig rig(Pool::Settings{.threads = 1});
    Inside inside(rig);
    const auto first = rig.begin(script({kHere, {{"until_cancelled", true}}}));
    inside.wait();  // it has the only thread
    const auto second = rig.begin(script({call_of("inner.put")}), {.module = "beat"});
    second.attempt->cancel();
    EXPECT_EQ(test::get(second.ended).error->code(), GANTRY_E_CANCELLED);
    first.attempt->cancel();
    EXPECT_FALSE(test::get(first.ended).error);
    EXPECT_FALSE(rig.step(script({}), {.module = "beat"}).error);
    EXPECT_TRUE(rig.keys("leaf").empty());
}

TEST(Attempt, a_withdrawn_one_that_waits_ends_at_once_as_withdrawn_and_never_begins) {
    ProbeRig rig;
    Inside inside(rig);
    const auto first = rig.begin(script({kHere, {{"until_cancelled", true}}}));
    inside.wait();
    const auto second = rig.begin(script({call_of("inner.put")}));
    second.attempt->withdraw();
    EXPECT_TRUE(test::get(second.ended).withdrawn);
    EXPECT_FALSE(second.attempt->complete({"7", {}, {}}));
    first.attempt->cancel();
    EXPECT_FALSE(test::get(first.ended).error);
    EXPECT_FALSE(rig.step(script({})).error);
    EXPECT_TRUE(rig.keys("middle").empty());
}

TEST(Attempt, one_that_runs_is_not_withdrawn) {
    ProbeRig rig;
    Inside inside(rig);
    const auto begun = rig.begin(script({kHere, {{"until_cancelled", true}}, {{"complete", 5}}}));
    inside.wait();
    begun.attempt->withdraw();
    begun.attempt->cancel();
    const auto end = test::get(begun.ended);
    EXPECT_FALSE(end.withdrawn);
    EXPECT_EQ(end.output, "5");
}

TEST(Attempt, what_is_said_before_begin_counts_when_it_begins) {
    ProbeRig rig;
    const auto cancelled = rig.attempt(script({call_of("inner.put")}));
    const auto withdrawn = rig.attempt(script({call_of("inner.put")}));
    const auto completed = rig.attempt(script({call_of("inner.put")}));
    cancelled.attempt->cancel();
    withdrawn.attempt->withdraw();
    completed.attempt->complete({"7", {}, {}});
    for (const auto* one : {&cancelled, &withdrawn, &completed}) one->attempt->begin();
    EXPECT_EQ(test::get(cancelled.ended).error->code(), GANTRY_E_CANCELLED);
    EXPECT_TRUE(test::get(withdrawn.ended).withdrawn);
    EXPECT_EQ(test::get(completed.ended).output, "7");
    EXPECT_TRUE(rig.keys("middle").empty());
}

TEST(Attempt, nothing_is_told_to_a_step_that_has_ended) {
    ProbeRig rig;
    const auto made = rig.attempt(script({}));
    made.attempt->begin();
    test::get(made.ended);
    made.attempt->cancel();
    rig.shut_down();  // what it had submitted to the pool is done
    EXPECT_EQ(rig.seen("top").at("cancelled"), 0);
}

TEST(Attempt, a_cancelled_asynchronous_step_whose_function_has_returned_ends_at_once) {
    ProbeRig rig;
    const auto later = rig.begin(script({}), {.step = "later"});
    test::get(later.handed_over);
    later.attempt->cancel();
    const auto end = test::get(later.ended);
    EXPECT_EQ(end.error->code(), GANTRY_E_CANCELLED);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_MAYBE_APPLIED);
    EXPECT_FALSE(later.attempt->complete({"7", {}, {}})) << "a late answer";
    while (rig.seen("top").at("cancelled") == 0) std::this_thread::yield();
}

TEST(Attempt, an_asynchronous_step_that_was_cancelled_and_returns_without_an_end_ends_then) {
    ProbeRig rig;
    Inside inside(rig);
    const auto later = rig.begin(script({kHere, {{"until_cancelled", true}}}), {.step = "later"});
    inside.wait();
    later.attempt->cancel();
    const auto end = test::get(later.ended);
    EXPECT_EQ(end.error->code(), GANTRY_E_CANCELLED);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_MAYBE_APPLIED);
}

TEST(Attempt, an_asynchronous_step_that_answers_before_it_returns_is_not_handed_over) {
    ProbeRig rig;
    const auto later = rig.begin(script({{{"complete", 3}}}), {.step = "later"});
    EXPECT_EQ(test::get(later.ended).output, "3");
    auto handed_over = later.handed_over->get_future();
    EXPECT_EQ(handed_over.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
}

TEST(Attempt, nothing_of_it_waits_and_its_end_is_told_once_when_all_threads_hang) {
    HangRig rig(Pool::Settings{.threads = 1});
    const auto hung = rig.begin(script({rig.hang()}));
    rig.wait_until_inside("top");
    constexpr int kMany = 100;
    std::atomic<int> left{kMany};
    const auto all = std::make_shared<std::promise<void>>();
    std::vector<std::shared_ptr<StepAttempt>> attempts;
    {
        const MayNotBlock engine("an engine thread");
        for (int i = 0; i < kMany; ++i) {
            StepCall call;
            call.module = "top";
            call.name = "probe";
            call.timeout = test::kPatience;
            attempts.push_back(rig.steps.attempt(std::move(call), {rig.record, [] {},
                                                                   [&](const StepEnd&) {
                                                                       if (--left == 0)
                                                                           all->set_value();
                                                                   }}));
            attempts.back()->begin();
        }
        hung.attempt->cancel();
        for (int i = 0; i < kMany; ++i) {
            i % 2 == 0 ? attempts[i]->cancel() : attempts[i]->withdraw();
            attempts[i]->cancel();
        }
    }
    test::get(all);
    rig.let_go();
    EXPECT_EQ(left, 0);
}

TEST(Attempt, a_cancel_that_does_not_return_holds_up_no_step_and_no_cancel_of_another_module) {
    const test::TempDir folder;
    test::Fifo fifo(folder / "fifo");
    ProbeRig rig(R"({"leaf": {"plugin": "probe-leaf", "options": {"hang_cancel": ")" + fifo.path() +
                 R"("}}, "wide": {"plugin": "probe-wide"}})");
    const auto forever = script({{{"until_cancelled", true}}});
    for (int i = 0; i < 3; ++i) {  // as many as may be told at once
        const auto one = rig.begin(forever, {.module = "leaf"});
        rig.wait_until_inside("leaf");
        one.attempt->cancel();
        EXPECT_FALSE(test::get(one.ended).error) << "it was told";
    }
    const auto other = rig.begin(script({{{"until_cancelled", true}}}), {.module = "wide"});
    other.attempt->cancel();
    const auto end = test::get(other.ended);
    EXPECT_TRUE(!end.error || end.error->code() == GANTRY_E_CANCELLED);
    fifo.release();
    EXPECT_TRUE(rig.container.pings_ended(test::kPatience));
}

TEST(Attempt, an_asynchronous_step_frees_its_slot_when_it_returns_and_is_completed_from_outside) {
    ProbeRig rig;
    const auto later = rig.attempt(script({}), {.step = "later"});
    later.attempt->begin();
    EXPECT_FALSE(rig.step(script({})).error) << "the module's only slot";
    EXPECT_TRUE(later.attempt->complete({"7", R"("undo")", {}}));
    const auto end = test::get(later.ended);
    EXPECT_EQ(end.output, "7");
    EXPECT_EQ(end.undo, R"("undo")");
    EXPECT_FALSE(later.attempt->complete({"8", {}, {}}));
}

TEST(Attempt, an_asynchronous_step_that_nobody_completes_is_late_and_not_stuck) {
    HangRig rig;
    const auto end = rig.step(script({}), {.step = "later", .timeout = milliseconds(500)});
    EXPECT_EQ(end.error->code(), GANTRY_E_DEADLINE);
    EXPECT_EQ(rig.container.stuck().count(), 0U);
}

TEST(Attempt, a_step_completed_from_outside_ends_when_its_function_has_returned) {
    HangRig rig;
    Inside inside(rig);
    const auto begun = rig.begin(script({kHere, rig.hang()}));
    inside.wait();
    EXPECT_TRUE(begun.attempt->complete({"7", {}, {}}));
    auto ended = begun.ended->get_future();
    EXPECT_EQ(ended.wait_for(milliseconds(50)), std::future_status::timeout) << "it is still there";
    rig.fifo.release();
    ASSERT_EQ(ended.wait_for(test::kPatience), std::future_status::ready);
    EXPECT_EQ(ended.get().output, "7");
}

TEST(Attempt, a_step_completed_from_outside_before_it_has_a_slot_never_begins) {
    ProbeRig rig;
    auto& slots = rig.container.module("top").slots();
    ASSERT_TRUE(slots.take(Timers::Clock::now()));
    const auto made = rig.attempt(script({call_of("inner.put")}));
    made.attempt->begin();
    EXPECT_TRUE(made.attempt->complete({"7", {}, {}}));
    slots.release();
    EXPECT_EQ(test::get(made.ended).output, "7");
    EXPECT_TRUE(rig.seen("top").at("seen").empty());
}

/// Of the asynchronous step of "top".
StepCall call_of_later() {
    StepCall call;
    call.module = "top";
    call.name = "later";
    call.input = "{}";
    call.timeout = test::kPatience;
    return call;
}

TEST(Attempt, an_end_that_comes_while_it_is_handed_over_is_told_after_that) {
    ProbeRig rig;
    std::shared_ptr<StepAttempt> attempt;
    std::atomic<bool> inside{false}, too_early{false};
    const auto ended = std::make_shared<std::promise<StepEnd>>();
    const auto passed = std::make_shared<std::promise<void>>();
    attempt = rig.steps.attempt(call_of_later(),
                                {rig.record,
                                 [&] {
                                     inside = true;
                                     EXPECT_TRUE(attempt->complete({"7", {}, {}}));
                                     rig.timers.after({}, [passed] { passed->set_value(); });
                                     test::get(passed);  // the timer would have told by now
                                     inside = false;
                                 },
                                 [&, ended](StepEnd end) {
                                     too_early = inside.load();
                                     ended->set_value(std::move(end));
                                 }});
    attempt->begin();
    EXPECT_EQ(test::get(ended).output, "7");
    EXPECT_FALSE(too_early);
}

TEST(Attempt, one_that_is_cancelled_while_it_is_handed_over_is_over_whatever_its_plugin_says_then) {
    ProbeRig rig;
    std::shared_ptr<StepAttempt> attempt;
    const auto ended = std::make_shared<std::promise<StepEnd>>();
    attempt = rig.steps.attempt(call_of_later(),
                                {rig.record,
                                 [&] {
                                     attempt->cancel();
                                     EXPECT_FALSE(attempt->complete({"7", {}, {}}));
                                 },
                                 [ended](StepEnd end) { ended->set_value(std::move(end)); }});
    attempt->begin();
    const auto end = test::get(ended);
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_MAYBE_APPLIED);
}

/// An attempt in "top" that does what the test says.
StepEnd end_of(ProbeRig& rig, std::function<void()> refuse, std::function<void()> run) {
    AttemptWork work;
    work.what = "step made up";
    work.module = &rig.container.module("top");
    work.share = "top";
    work.refuse = [refuse = std::move(refuse)]() -> std::optional<Error> {
        refuse();
        return std::nullopt;
    };
    work.run = [run = std::move(run)](const auto&, auto) { run(); };
    const auto ended = std::make_shared<std::promise<StepEnd>>();
    Attempt::make(std::move(work), rig.timers, test::kPatience, std::make_shared<ActiveCall>(),
                  {{}, {}, [ended](StepEnd end) { ended->set_value(std::move(end)); }})
        ->begin();
    return test::get(ended);
}

TEST(Attempt, one_that_finds_no_memory_ends_all_the_same_and_holds_nothing) {
    ProbeRig rig;
    const auto fail = [] { throw std::bad_alloc(); };
    const auto before = end_of(rig, fail, [] {});
    EXPECT_EQ(before.error->code(), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(before.error->flags(), GANTRY_EF_NOT_APPLIED);
    const auto within = end_of(
        rig, [] {}, fail);
    EXPECT_EQ(within.error->code(), GANTRY_E_INTERNAL);
    EXPECT_EQ(within.error->flags(), GANTRY_EF_MAYBE_APPLIED);
    EXPECT_FALSE(rig.step(script({})).error) << "the only slot is free";
}

TEST(Attempt, twenty_thousand_each_begun_when_the_one_before_ends_need_no_more_stack_than_ten) {
    ProbeRig rig(Pool::Settings{.threads = 1});
    std::atomic<int> left{20'000};
    std::uintptr_t highest = 0, lowest = UINTPTR_MAX;
    const auto all = std::make_shared<std::promise<void>>();
    std::function<void()> next;
    next = [&] {
        AttemptWork work;
        work.what = "step made up";
        work.module = &rig.container.module("top");
        work.share = "top";
        work.refuse = [] { return std::nullopt; };
        work.run = [&](const auto& call, auto) {
            const char here = 0;
            highest = std::max(highest, reinterpret_cast<std::uintptr_t>(&here));
            lowest = std::min(lowest, reinterpret_cast<std::uintptr_t>(&here));
            rig.container.module("top").calls().close(call, {"1", {}, {}});
        };
        Attempt::make(std::move(work), rig.timers, test::kPatience, std::make_shared<ActiveCall>(),
                      {{}, {}, [&](const StepEnd&) { --left == 0 ? all->set_value() : next(); }})
            ->begin();
    };
    next();
    test::get(all);
    EXPECT_LT(highest - lowest, 4096U);
}

TEST(Attempt, a_step_that_hangs_leaves_threads_to_other_modules_and_to_other_steps_of_its_own) {
    const test::TempDir folder;
    test::Fifo fifo(folder / "fifo");
    ProbeRig rig(R"({"wide": {"plugin": "probe-wide"}, "leaf": {"plugin": "probe-leaf"}})");
    std::vector<test::Attempted> hung;
    for (int i = 0; i < 100; ++i) {
        hung.push_back(rig.begin(script({{{"hang", fifo.path()}}}), {.module = "wide"}));
    }
    EXPECT_EQ(rig.container.threads().running(), 48U);
    EXPECT_FALSE(rig.step(script({}), {.module = "leaf"}).error);
    EXPECT_FALSE(rig.step(script({}), {.step = "careful", .module = "wide"}).error);
    fifo.release();
    for (const auto& one : hung) EXPECT_FALSE(test::get(one.ended).error);
}

TEST(Attempt, a_cancel_that_never_returns_is_given_up_and_the_next_is_told) {
    const test::TempDir folder;
    test::Fifo fifo(folder / "fifo");
    test::PluginRig rig(
        R"({"leaf": {"plugin": "probe-leaf", "options": {"hang_cancel": ")" + fifo.path() + "\"}}}",
        GANTRY_TEST_PLUGINS, {}, {.grace = milliseconds(20)});
    rig.start();
    const auto& module = rig.container.module("leaf");
    for (int i = 0; i < 6; ++i) {  // twice what may be told at once
        const auto call = std::make_shared<ActiveCall>();
        call->module = &module;
        call->what = "step made up";
        rig.container.cancels().tell(call);
    }
    while (module.stuck < 6) std::this_thread::yield();
    EXPECT_FALSE(rig.container.pings_ended({}));
    fifo.release();
    EXPECT_TRUE(rig.container.pings_ended(test::kPatience));
    EXPECT_EQ(module.stuck, 0U);
}

}  // namespace
}  // namespace gantry::host
