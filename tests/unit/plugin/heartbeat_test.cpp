// A plugin that promises heartbeats is late when two in a row do not come.
#include "hang_rig.hpp"

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using test::call_of;
using test::HangRig;
using test::ProbeRig;
using test::script;

TEST(Heartbeat, a_step_that_sends_none_for_two_periods_is_late_long_before_its_deadline) {
    HangRig rig;
    const auto begun = rig.begin(script({rig.hang()}), {.module = "beat"});
    const auto end = test::get(begun.ended);  // its deadline is a minute away
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->code(), GANTRY_E_DEADLINE);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_MAYBE_APPLIED);
    EXPECT_NE(end.error->message().find("step probe sent no heartbeat for 400 ms"),
              std::string::npos)
        << end.error->message();
    EXPECT_EQ(rig.container.module("beat").stuck, 1U) << "the same path as for its deadline";
}

TEST(Heartbeat, a_late_one_is_told_and_its_late_work_is_refused) {
    ProbeRig rig;
    const auto late = script({{{"until_cancelled", true}}, call_of("inner.put")});
    const auto end = test::get(rig.begin(late, {.module = "beat"}).ended);
    EXPECT_EQ(end.error->code(), GANTRY_E_DEADLINE);
    const auto seen = rig.seen("beat").at("seen");
    EXPECT_EQ(seen[1].at("stopped"), true) << seen;
    EXPECT_EQ(seen[2].at("code"), GANTRY_E_STALE) << seen;
    EXPECT_TRUE(rig.keys("leaf").empty());
}

TEST(Heartbeat, a_step_that_beats_has_all_of_its_time) {
    ProbeRig rig;
    const auto end = test::get(rig.begin(script({{{"until_stopped", true}}}),
                                         {.timeout = milliseconds(600), .module = "beat"})
                                   .ended);
    EXPECT_NE(end.error->message().find("did not end within 600 ms"), std::string::npos)
        << end.error->message();
}

TEST(Heartbeat, a_step_of_a_plugin_that_promises_none_needs_none) {
    ProbeRig rig;
    const auto end = test::get(
        rig.begin(script({{{"until_cancelled", true}}}), {.timeout = milliseconds(500)}).ended);
    EXPECT_NE(end.error->message().find("did not end within 500 ms"), std::string::npos)
        << end.error->message();
}

TEST(Heartbeat, an_asynchronous_step_needs_none_once_its_function_has_returned) {
    ProbeRig rig;
    const auto later =
        rig.begin(script({}), {.step = "later", .timeout = milliseconds(600), .module = "beat"});
    const auto end = test::get(later.ended);  // two periods are 400 ms
    EXPECT_NE(end.error->message().find("did not end within 600 ms"), std::string::npos)
        << end.error->message();
}

TEST(Heartbeat, what_is_no_duration_is_an_error_of_the_manifest) {
    try {
        parse_manifest(R"({"id":"p","version":"1.0.0","abi":{"major":1},"heartbeat":"often"})");
        FAIL() << "taken";
    } catch (const Error& e) {
        EXPECT_EQ(e.message(),
                  "its manifest: heartbeat: found \"often\", expected a duration such as \"10s\"");
    }
}

}  // namespace
}  // namespace gantry::host
