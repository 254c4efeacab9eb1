// Deadline, grace and giving up: one machine for every call.
#include "plugin/watch.hpp"

#include "support/plugin_rig.hpp"

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using test::kPatience;

/// A call of a module that is not there in truth.
class WatchRig : public test::PluginRig {
public:
    WatchRig() : PluginRig(R"({"leaf": {"plugin": "probe-leaf"}})") {
        call->what = "a call";
        call->last_beat = Timers::Clock::now();
    }

    std::unique_ptr<Watch> watch(milliseconds grace = milliseconds(20),
                                 std::optional<milliseconds> heartbeat = {}) {
        return std::make_unique<Watch>(
            timers, container.stuck(),
            Watch::Watched{call, &container.module("leaf"), grace, heartbeat},
            Watch::Told{[this](bool no_heartbeat) { say(no_heartbeat ? "silent" : "late"); },
                        [this] { say("given up"); }, [this] { say("nudged"); }});
    }
    void say(const std::string& what) {
        const std::lock_guard lock(mutex_);
        said_.push_back(what);
        changed_.notify_all();
    }
    std::vector<std::string> wait_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, kPatience, [&] { return said_.size() >= count; });
        return said_;
    }
    /// When the timer has come so far as well.
    std::vector<std::string> after(milliseconds time) {
        std::promise<void> passed;
        timers.after(time, [&] { passed.set_value(); });
        passed.get_future().wait();
        return wait_for(0);
    }

    const std::shared_ptr<ActiveCall> call = std::make_shared<ActiveCall>();

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> said_;
};

using Said = std::vector<std::string>;

TEST(Watch, a_call_that_does_not_return_is_late_and_then_given_up) {
    WatchRig rig;
    const auto watch = rig.watch();
    watch->begin(Timers::Clock::now() + milliseconds(5));
    EXPECT_EQ(rig.wait_for(2), (Said{"late", "given up"}));
    EXPECT_EQ(rig.container.stuck().count(), 1U);
    watch->returned();
    EXPECT_EQ(rig.container.stuck().count(), 0U);
}

TEST(Watch, a_late_call_that_returns_within_the_grace_is_not_given_up) {
    WatchRig rig;
    const auto watch = rig.watch(milliseconds(500));
    watch->begin(Timers::Clock::now());
    rig.wait_for(1);
    watch->returned();
    EXPECT_EQ(rig.after(milliseconds(700)), Said{"late"});
    EXPECT_EQ(rig.container.stuck().count(), 0U);
}

TEST(Watch, one_whose_function_has_returned_is_late_without_grace_and_needs_no_heartbeat) {
    WatchRig rig;
    const auto watch = rig.watch(milliseconds(20), milliseconds(100));
    watch->begin(Timers::Clock::now() + milliseconds(500));
    watch->returned();
    EXPECT_EQ(rig.after(milliseconds(700)), Said{"late"});
    EXPECT_EQ(rig.container.stuck().count(), 0U);
}

TEST(Watch, one_that_sends_no_heartbeat_while_its_function_runs_is_late) {
    WatchRig rig;
    const auto watch = rig.watch(milliseconds(20), milliseconds(10));
    watch->begin(Timers::kNever);
    EXPECT_EQ(rig.wait_for(2), (Said{"silent", "given up"}));
    watch->returned();
}

TEST(Watch, nothing_is_told_after_its_end_but_what_is_asked_for) {
    WatchRig rig;
    const auto watch = rig.watch();
    watch->begin(Timers::Clock::now() + milliseconds(300));
    watch->end();
    EXPECT_EQ(rig.after(milliseconds(400)), Said{});
    watch->nudge();
    EXPECT_EQ(rig.wait_for(1), Said{"nudged"});
}

TEST(Watch, what_could_not_be_told_for_want_of_memory_is_told_again) {
    WatchRig rig;
    int tries = 0;
    Watch watch(rig.timers, rig.container.stuck(),
                {rig.call, &rig.container.module("leaf"), milliseconds(20), {}},
                {[&](bool) {
                     if (++tries == 1) throw std::bad_alloc();
                     rig.say("late");
                 },
                 [&] { rig.say("given up"); },
                 {}});
    watch.begin(Timers::Clock::now());
    EXPECT_EQ(rig.wait_for(2), (Said{"late", "given up"}));
    EXPECT_EQ(tries, 2);
    watch.returned();
}

}  // namespace
}  // namespace gantry::host
