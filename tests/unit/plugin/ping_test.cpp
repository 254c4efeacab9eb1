// Whether a module's system is reached, as the host asks it.
#include "support/plugin_rig.hpp"

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

using test::kPatience;

CallEnd ping(Container& container, const char* module) {
    const auto told = std::make_shared<std::promise<CallEnd>>();
    container.ping(container.module(module), kPatience,
                   [told](CallEnd end) { told->set_value(std::move(end)); });
    return test::get(told);
}

TEST(Ping, tells_that_the_system_is_reached_or_why_not) {
    const test::TempDir folder;
    test::PluginRig rig(R"({"leaf": {"plugin": "probe-leaf", "options": {"refuse": )" +
                        std::to_string(GANTRY_E_AUTH) + R"(, "marker": ")" +
                        (folder / "marker").string() + "\"}}}");
    rig.start();
    EXPECT_FALSE(ping(rig.container, "leaf").error);
    std::ofstream(folder / "marker").put('x');
    const auto end = ping(rig.container, "leaf");
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->code(), GANTRY_E_AUTH);
    EXPECT_FALSE(ping(rig.container, "leaf").error);
}

TEST(Ping, of_a_module_that_does_not_run_says_why) {
    test::PluginRig rig(R"({"leaf": {"plugin": "probe-leaf"}})");
    const auto end = ping(rig.container, "leaf");
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->message(), "module \"leaf\" is not running: it was not started");
}

TEST(Ping, a_plugin_without_one_has_nothing_to_reach) {
    test::PluginRig rig(R"({"web": {"plugin": "http-probe"}})");
    rig.start();
    const auto end = ping(rig.container, "web");
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->code(), GANTRY_E_UNSUPPORTED);
}

}  // namespace
}  // namespace gantry::host
