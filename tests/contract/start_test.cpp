// A module that cannot start for a passing reason is tried again until it can.
#include "support/plugin_rig.hpp"

namespace gantry::host {
namespace {

/// Tells `started` once every module runs, looking from the timer's thread.
void tell_when_ready(test::PluginRig& rig, std::shared_ptr<std::promise<void>> started) {
    if (rig.container.not_ready().empty()) return started->set_value();
    rig.timers.after(std::chrono::milliseconds(20),
                     [&rig, started = std::move(started)] { tell_when_ready(rig, started); });
}

TEST(Start, a_retryable_refusal_to_start_is_tried_again_and_is_no_mistake_of_the_configuration) {
    const test::TempDir folder;
    std::ofstream(folder / "marker").put('x');
    const json options = {{"refuse", GANTRY_E_UNAVAILABLE},
                          {"marker", (folder / "marker").string()}};
    test::PluginRig rig(json{{"late", {{"plugin", "probe-leaf"}, {"options", options}}}}.dump());
    ASSERT_TRUE(rig.problems.empty()) << rig.problems.text();
    EXPECT_EQ(rig.container.start({}), "");
    const std::map<std::string, std::string> reason{{"late", "refused to start, as told"}};
    EXPECT_EQ(rig.container.not_ready(), reason);
    EXPECT_EQ(rig.call("late", "put", json::object()).error->error_class(), GANTRY_CLASS_RETRYABLE);
    const auto started = std::make_shared<std::promise<void>>();
    tell_when_ready(rig, started);
    test::get(started);
    EXPECT_FALSE(rig.call("late", "put", json::object()).error);
}

}  // namespace
}  // namespace gantry::host
