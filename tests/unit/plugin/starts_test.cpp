// Modules whose start takes long, fails or never returns cost the others nothing.
#include "probe_rig.hpp"
#include "support/fifo.hpp"

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using test::script;

// Long enough for a module that does return.
constexpr CallSettings kShort{.grace = milliseconds(20), .create_timeout = milliseconds(1000)};

/// "slow" hangs in create until it is let go; "good" does not, "above" requires both.
class StartRig {
public:
    explicit StartRig(CallSettings calls = {})
        : rig(R"({"slow": {"plugin": "probe-leaf", "options": {"hang_create": ")" + fifo.path() +
                  R"("}}, "good": {"plugin": "probe-leaf"}, "erp": {"plugin": "probe-erp"},
                  "above": {"plugin": "probe", "bind": {"inner": "slow"}}})",
              GANTRY_TEST_PLUGINS, {}, calls) {}
    ~StartRig() { fifo.release(); }

    std::shared_ptr<std::promise<std::string>> start() {
        auto started = std::make_shared<std::promise<std::string>>();
        threads.push_back(std::async(
            std::launch::async, [this, started] { started->set_value(rig.container.start({})); }));
        return started;
    }
    bool runs(const char* module) const {
        return rig.container.module(module).instance() != nullptr;
    }
    void wait_until_it_runs(const char* module) const {
        while (!runs(module)) std::this_thread::yield();
    }

    test::TempDir folder;
    test::Fifo fifo{folder / "fifo"};
    test::PluginRig rig;
    std::vector<std::future<void>> threads;
};

TEST(Starts, a_module_that_takes_long_holds_up_only_those_that_require_it) {
    StartRig starting;
    const auto started = starting.start();
    starting.wait_until_it_runs("good");
    starting.wait_until_it_runs("erp");
    EXPECT_FALSE(starting.runs("above"));
    const auto slow = [&] { return starting.rig.container.not_ready().at("slow"); };
    while (slow() == "it was not started") std::this_thread::yield();  // its thread comes
    EXPECT_EQ(slow(), "it is starting");
    EXPECT_FALSE(starting.rig.call("good", "put", json::object()).error);
    starting.fifo.release();
    EXPECT_EQ(test::get(started), "");
    EXPECT_TRUE(starting.rig.container.not_ready().empty());
}

TEST(Starts, one_that_does_not_return_is_given_up_and_runs_when_it_returns_after_all) {
    StartRig starting(kShort);
    EXPECT_EQ(test::get(starting.start()), "");
    EXPECT_EQ(starting.rig.container.not_ready(),
              (std::map<std::string, std::string>{{"slow", "its start did not return"}}));
    EXPECT_TRUE(starting.runs("above")) << "as when it had failed";
    EXPECT_EQ(starting.rig.container.stuck().count(), 1U);
    EXPECT_EQ(test::get(starting.start()), "") << "and is not tried twice at once";
    starting.fifo.release();
    starting.wait_until_it_runs("slow");
    while (starting.rig.container.stuck().count() > 0) std::this_thread::yield();
    EXPECT_FALSE(starting.rig.call("slow", "put", json::object()).error);
}

TEST(Starts, interrupted_it_returns_at_once_and_what_is_in_create_is_left_behind) {
    StartRig starting;
    const auto started = starting.start();
    starting.wait_until_it_runs("good");
    starting.rig.container.interrupt();
    EXPECT_EQ(test::get(started), "");
    EXPECT_FALSE(starting.runs("above"));
    EXPECT_FALSE(starting.rig.container.stop()) << "nothing is ended while one is in create";
    EXPECT_TRUE(starting.runs("good"));
    starting.fifo.release();
    while (!starting.rig.container.stop()) std::this_thread::yield();
    EXPECT_FALSE(starting.runs("slow")) << "what it made too late was ended";
    EXPECT_FALSE(starting.runs("good"));
}

TEST(Starts, one_that_was_interrupted_before_starts_nothing) {
    StartRig starting;
    starting.rig.container.interrupt();
    EXPECT_EQ(starting.rig.container.start({}), "");
    EXPECT_EQ(starting.rig.container.not_ready().size(), 4U);
}

TEST(Starts, a_start_that_hangs_takes_no_thread_from_steps) {
    StartRig starting(CallSettings{.grace = milliseconds(20), .create_timeout = test::kPatience});
    const auto started = starting.start();
    starting.wait_until_it_runs("good");
    EXPECT_EQ(starting.rig.container.threads().running(), 0U);
    StepCall call;
    call.module = "good";
    call.name = "probe";
    call.input = "{}";
    call.timeout = test::kPatience;
    const auto ended = std::make_shared<std::promise<StepEnd>>();
    starting.rig.steps
        .attempt(std::move(call),
                 {{}, [] {}, [ended](StepEnd end) { ended->set_value(std::move(end)); }})
        ->begin();
    EXPECT_FALSE(test::get(ended).error);
    starting.fifo.release();
    EXPECT_EQ(test::get(started), "");
}

TEST(Starts, one_that_failed_in_a_way_that_may_pass_is_tried_again_and_runs) {
    const test::TempDir folder;
    std::ofstream(folder / "marker").put('x');
    test::PluginRig rig(R"({"leaf": {"plugin": "probe-leaf", "options": {"refuse": )" +
                        std::to_string(GANTRY_E_UNAVAILABLE) + R"(, "marker": ")" +
                        (folder / "marker").string() + "\"}}}");
    EXPECT_EQ(rig.container.start({}), "") << "it is no mistake of the configuration";
    EXPECT_EQ(rig.container.not_ready().at("leaf"), "refused to start, as told");
    EXPECT_EQ(rig.container.start({}), "") << "at once, when somebody asks";
    EXPECT_TRUE(rig.container.not_ready().empty());
}

}  // namespace
}  // namespace gantry::host
