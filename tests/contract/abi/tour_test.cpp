// The host gives a plugin what abi.h says, slot by slot: the tour goes to each of them.
#include "support/plugin_rig.hpp"

namespace gantry::host {
namespace {

class Tour : public test::PluginRig {
public:
    Tour() : PluginRig(R"({"tour": {"plugin": "tour"}, "leaf": {"plugin": "probe-leaf"}})") {
        start();
    }

    struct Begun {
        std::shared_ptr<StepAttempt> attempt;
        std::shared_ptr<std::promise<StepEnd>> ended;
        std::shared_ptr<std::promise<void>> handed_over;
    };

    Begun begin(StepCall call) {
        call.run_id = "run-1";
        call.workflow = "flow";
        call.module = "tour";
        call.key = "run-1/step";
        call.timeout = test::kPatience;
        auto ended = std::make_shared<std::promise<StepEnd>>();
        AttemptEvents events;
        events.record = [this](std::string undo, std::function<void(std::optional<Error>)> done) {
            recorded.push_back(std::move(undo));
            done(std::nullopt);
        };
        auto handed_over = std::make_shared<std::promise<void>>();
        events.handed_over = [handed_over] { handed_over->set_value(); };
        events.ended = [ended](StepEnd end) { ended->set_value(std::move(end)); };
        auto made = steps.attempt(std::move(call), std::move(events));
        made->begin();
        return {std::move(made), std::move(ended), std::move(handed_over)};
    }

    std::vector<std::string> recorded;
};

StepCall call_of(const std::string& name, Side side = Side::kInvoke) {
    StepCall call;
    call.name = name;
    call.side = side;
    call.attempt = 3;
    call.input = R"({"a":1})";
    return call;
}

json seen(StepEnd end) {
    if (end.error) throw Error(*end.error);
    auto report = json::parse(end.output);
    EXPECT_EQ(report.at("host").at("name"), "gantry");
    EXPECT_EQ(report.at("host").at("minor"), GANTRY_ABI_MINOR);
    EXPECT_EQ(report.at("host").at("size"), sizeof(gantry_host));
    EXPECT_NE(report.at("host").at("version"), "");
    EXPECT_EQ(report.at("size"), sizeof(gantry_invocation));
    for (const char* checked : {"host", "size", "trace_parent"}) report.erase(checked);
    return report;
}

TEST(Tour, every_slot_answers_as_abi_h_says) {
    Tour rig;
    auto done = test::get(rig.begin(call_of("tour")).ended);
    EXPECT_EQ(done.undo, R"({"undo": "tour"})");
    EXPECT_EQ(rig.recorded, std::vector<std::string>{R"({"before": 1})"});
    EXPECT_EQ(seen(std::move(done)), json({{"attempt", 3},
                                           {"workflow", "flow"},
                                           {"run_id", "run-1"},
                                           {"key", "run-1/step"},
                                           {"input", {{"a", 1}}},
                                           {"output", nullptr},
                                           {"undo", nullptr}}));
}

TEST(Tour, compensate_gets_the_output_and_the_undo_data) {
    Tour rig;
    auto call = call_of("tour", Side::kCompensate);
    call.output = "2";
    call.undo = "3";
    const auto report = seen(test::get(rig.begin(std::move(call)).ended));
    EXPECT_EQ(report.at("output"), 2);
    EXPECT_EQ(report.at("undo"), 3);
}

TEST(Tour, every_slot_of_an_error_arrives) {
    Tour rig;
    const auto end = test::get(rig.begin(call_of("refuse")).ended);
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->code(), GANTRY_E_REJECTED);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(end.error->retry_after().count(), 1234);
    EXPECT_EQ(end.error->message(), "the tour refuses");
    EXPECT_EQ(end.error->details(), json({{"by", "tour"}}));
}

TEST(Tour, a_cancelled_call_that_was_handed_over_ends_at_once) {
    Tour rig;
    const auto begun = rig.begin(call_of("wait"));
    test::get(begun.handed_over);
    begun.attempt->cancel();
    const auto end = test::get(begun.ended);
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->code(), GANTRY_E_CANCELLED);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_MAYBE_APPLIED);
}

TEST(Tour, its_service_is_called_by_name) {
    Tour rig;
    EXPECT_EQ(rig.call("tour", "echo", {{"b", 2}}).output, R"({"b":2})");
}

TEST(Tour, its_workflows_are_the_hosts) {
    Tour rig;
    EXPECT_EQ(
        json::parse(rig.container.module("tour").library().table().workflows()).at(0).at("name"),
        "on-tour");
}

}  // namespace
}  // namespace gantry::host
