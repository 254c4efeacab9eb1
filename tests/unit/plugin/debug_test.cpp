// What is different for a debugger: nothing is late, and steps run one after the other.
#include "hang_rig.hpp"

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using test::call_of;
using test::script;

class DebugRig : public test::ProbeRig {
public:
    explicit DebugRig(bool debug = true)
        : ProbeRig({.threads = debug ? 1U : 64U}, {.debug = debug}) {}
    ~DebugRig() {
        fifo.release();
        shut_down();
    }
    json hang() const { return {{"hang", fifo.path()}}; }

    test::Fifo fifo{folder / "fifo"};
};

// For what must not happen there is no signal.
constexpr milliseconds kLongEnough{600};

TEST(Debug, a_step_past_its_timeout_and_without_a_heartbeat_still_succeeds) {
    DebugRig rig;
    auto ended = rig.begin(script({rig.hang(), call_of("inner.look")}),
                           {.timeout = milliseconds(20), .module = "beat"})
                     .ended->get_future();
    EXPECT_EQ(ended.wait_for(kLongEnough), std::future_status::timeout);
    rig.fifo.release();
    ASSERT_EQ(ended.wait_for(test::kPatience), std::future_status::ready);
    const auto end = ended.get();
    ASSERT_FALSE(end.error) << end.error->message();
    const auto report = json::parse(end.output);
    EXPECT_EQ(report.at("remaining_ms"), INT64_MAX);
    EXPECT_EQ(report.at("did")[1].at("remaining_ms"), INT64_MAX) << "nor has what it calls";
}

TEST(Debug, a_step_of_another_module_waits_until_the_first_has_returned) {
    for (const bool debug : {true, false}) {
        DebugRig rig(debug);
        const auto first = rig.begin(script({rig.hang()}));
        rig.wait_until_inside("top");
        auto second = rig.begin(script({}), {.module = "leaf"}).ended->get_future();
        EXPECT_EQ(second.wait_for(debug ? kLongEnough : test::kPatience),
                  debug ? std::future_status::timeout : std::future_status::ready);
        rig.fifo.release();
        EXPECT_FALSE(test::get(first.ended).error);
        if (debug) {
            EXPECT_FALSE(second.get().error);
        }
    }
}

}  // namespace
}  // namespace gantry::host
