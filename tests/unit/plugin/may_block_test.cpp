// What waits asks first whether its thread may: the guard by which an engine thread can never come
// to stand in a plugin, or behind one.
#include "base/may_block.hpp"

#include "base/fault.hpp"
#include "probe_rig.hpp"

namespace gantry::host {
namespace {

using test::ProbeRig;
using test::script;

#if defined(GANTRY_FAULTS) && !defined(NDEBUG)

class MayBlockDeathTest : public testing::Test {
protected:
    MayBlockDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(MayBlockDeathTest, a_step_begun_on_its_callers_stack_would_block_an_engine_thread) {
    EXPECT_DEATH(
        {
            ProbeRig rig;
            fault::arm("", "posted");
            const MayNotBlock engine("an engine thread");
            rig.begin(script({}));
        },
        "an engine thread may not block, and was about to wait for a function of a plugin");
}

TEST_F(MayBlockDeathTest, a_slot_a_call_and_undo_data_are_not_waited_for_on_an_engine_thread) {
    ProbeRig rig;
    EXPECT_DEATH(
        {
            const MayNotBlock engine("an engine thread");
            rig.container.module("top").slots().take(Timers::Clock::now());
        },
        "a slot of a module");
    EXPECT_DEATH(
        {
            const MayNotBlock engine("an engine thread");
            rig.call("leaf", "see", json::object());
        },
        "a call of a service");
    EXPECT_DEATH(
        {
            ActiveCall call;
            call.record = rig.record;
            const MayNotBlock engine("an engine thread");
            record_undo(call, "1");
        },
        "undo data to be durable");
    EXPECT_DEATH(
        {
            const MayNotBlock engine("an engine thread");
            rig.container.start({});
        },
        "modules to start");
}

#endif

TEST(MayBlock, a_step_begins_on_no_engine_thread) {
    ProbeRig rig;
    std::optional<test::Attempted> begun;
    {
        const MayNotBlock engine("an engine thread");
        begun = rig.begin(script({}));
    }
    EXPECT_FALSE(test::get(begun->ended).error);
}

}  // namespace
}  // namespace gantry::host
