// Whether a module's system is reached, as the host asks it.
#include "probe_rig.hpp"
#include "support/fifo.hpp"

namespace gantry::host {
namespace {

CallEnd ping(Container& container, const char* module,
             std::chrono::milliseconds timeout = test::kPatience) {
    const auto told = std::make_shared<std::promise<CallEnd>>();
    container.ping(container.module(module), timeout,
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

TEST(Ping, one_that_hangs_is_told_at_its_time_and_waited_for_no_longer_than_asked) {
    const test::TempDir folder;
    test::Fifo fifo(folder / "fifo");
    test::PluginRig rig(R"({"leaf": {"plugin": "probe-leaf", "options": {"hang_ping": ")" +
                        fifo.path() + "\"}}}");
    rig.start();
    EXPECT_EQ(ping(rig.container, "leaf", std::chrono::milliseconds(20)).error->code(),
              GANTRY_E_DEADLINE);
    EXPECT_FALSE(rig.container.pings_ended({}));
    EXPECT_FALSE(rig.container.stop()) << "nothing is ended under it";
    fifo.release();
    EXPECT_TRUE(rig.container.pings_ended(test::kPatience));
}

TEST(Ping, one_for_which_no_thread_is_free_is_told_at_its_time) {
    const test::TempDir folder;
    test::Fifo fifo(folder / "fifo");
    test::ProbeRig rig(Pool::Settings{.threads = 1});
    const auto hung = rig.begin(test::script({{{"hang", fifo.path()}}}));
    rig.wait_until_inside("top");
    EXPECT_EQ(ping(rig.container, "leaf", std::chrono::milliseconds(20)).error->code(),
              GANTRY_E_DEADLINE);
    fifo.release();
    EXPECT_FALSE(test::get(hung.ended).error);
    EXPECT_TRUE(rig.container.pings_ended(test::kPatience));
}

}  // namespace
}  // namespace gantry::host
