// An attempt under way: cancelled, completed from outside, or answered later.
#include "hang_rig.hpp"

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
    const auto begun = rig.begin_on_pool(
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
    const auto begun = rig.begin_on_pool(
        script({kHere, call_of("inner.look", script({{{"until_cancelled", true}}}))}));
    inside.wait();
    rig.wait_until_inside("middle");
    begun.attempt->cancel();
    const auto report = json::parse(test::get(begun.ended).output);
    EXPECT_EQ(report.at("did")[1].at("did")[0].at("stopped"), true) << report;
    EXPECT_EQ(rig.seen("middle").at("cancelled"), 1);
}

TEST(Attempt, a_step_that_is_cancelled_while_it_waits_for_a_slot_never_begins) {
    ProbeRig rig;
    Inside inside(rig);
    const auto first = rig.begin_on_pool(script({kHere, {{"until_cancelled", true}}}));
    inside.wait();
    const auto second = rig.attempt(script({call_of("inner.put")}));
    second.attempt->begin();  // there is one slot
    second.attempt->cancel();
    first.attempt->cancel();
    const auto end = test::get(second.ended);
    EXPECT_EQ(end.error->code(), GANTRY_E_CANCELLED);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_TRUE(rig.keys("middle").empty());
    EXPECT_FALSE(test::get(first.ended).error);
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
    const auto end = rig.step(script({}), {.step = "later", .timeout = milliseconds(20)});
    EXPECT_EQ(end.error->code(), GANTRY_E_DEADLINE);
    EXPECT_EQ(rig.container.stuck().count(), 0U);
}

TEST(Attempt, a_step_completed_from_outside_ends_when_its_function_has_returned) {
    HangRig rig;
    Inside inside(rig);
    const auto begun = rig.begin_on_pool(script({kHere, rig.hang()}));
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

}  // namespace
}  // namespace gantry::host
