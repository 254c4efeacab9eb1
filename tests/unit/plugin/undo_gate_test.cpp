// Writes wait for record_undo, and NOT_APPLIED holds only while nothing was written.
#include "probe_rig.hpp"

namespace gantry::host {
namespace {

using test::call_of;
using test::fail_with;
using test::ProbeRig;
using test::script;

const json kRefused = fail_with(GANTRY_E_REJECTED, GANTRY_EF_NOT_APPLIED);

TEST(UndoGate, a_write_before_record_undo_is_refused_and_nothing_reaches_the_service) {
    ProbeRig rig;
    const auto did =
        rig.report(script({call_of("inner.put"), {{"undo", "before"}}, call_of("inner.put")}),
                   {.step = "careful"})
            .at("did");
    EXPECT_EQ(did[0].at("code"), GANTRY_E_MISUSE);
    EXPECT_EQ(did[0].at("flags"), GANTRY_EF_NOT_APPLIED);
    const auto message = did[0].at("message").get<std::string>();
    for (const char* part : {"step careful", "records_undo", "inner.put", "before record_undo"}) {
        EXPECT_NE(message.find(part), std::string::npos) << message;
    }
    EXPECT_EQ(did[1].at("undo"), "before");
    EXPECT_EQ(did[2].at("key"), "run-1/step/inner.put#1") << "the refused one did not count";
    EXPECT_EQ(rig.keys("middle").size(), 1U);
}

TEST(UndoGate, reads_pass_before_record_undo) {
    ProbeRig rig;
    const auto did = rig.report(script({call_of("inner.see")}), {.step = "careful"}).at("did");
    EXPECT_TRUE(did[0].contains("seen")) << did;
}

TEST(UndoGate, a_step_that_does_not_declare_records_undo_may_write_at_once) {
    ProbeRig rig;
    EXPECT_TRUE(rig.report(script({call_of("inner.put")})).at("did")[0].contains("key"));
}

TEST(UndoGate, what_an_earlier_attempt_recorded_opens_it_and_is_given_back) {
    ProbeRig rig;
    int recorded = 0;
    rig.record = [&](const std::string&, const auto& done) {
        ++recorded;
        done(std::nullopt);
    };
    const auto did = rig.report(script({call_of("inner.put"), {{"undo", "now"}}}),
                                {.step = "careful", .undo = R"("earlier")", .attempt = 2})
                         .at("did");
    EXPECT_TRUE(did[0].contains("key")) << did;
    EXPECT_EQ(did[1].at("undo"), "earlier");
    EXPECT_EQ(recorded, 0);
}

TEST(UndoGate, a_second_record_in_one_attempt_is_refused_and_the_first_one_stays) {
    ProbeRig rig;
    std::vector<std::string> recorded;
    rig.record = [&](const std::string& undo, const auto& done) {
        recorded.push_back(undo);
        done(std::nullopt);
    };
    const auto did = rig.report(script({{{"undo", 1}}, call_of("inner.put"), {{"undo", 2}}}),
                                {.step = "careful"})
                         .at("did");
    EXPECT_EQ(did[2].at("code"), GANTRY_E_MISUSE) << did;
    EXPECT_EQ(recorded, std::vector<std::string>{"1"});
}

TEST(UndoGate, it_stays_shut_when_the_undo_data_could_not_be_made_durable) {
    ProbeRig rig;
    rig.record = [](const std::string&, const auto& done) {
        done(Error(GANTRY_E_UNAVAILABLE, "the disk is full", GANTRY_EF_NOT_APPLIED));
    };
    const auto did =
        rig.report(script({{{"undo", 1}}, call_of("inner.put")}), {.step = "careful"}).at("did");
    EXPECT_EQ(did[0].at("message"), "the disk is full");
    EXPECT_EQ(did[1].at("code"), GANTRY_E_MISUSE);
    EXPECT_TRUE(rig.keys("middle").empty());
}

TEST(UndoGate, a_compensation_writes_without_recording_and_may_not_record) {
    ProbeRig rig;
    const auto undo = script({call_of("inner.put")}).dump();
    EXPECT_FALSE(rig.step({}, {.step = "careful", .side = Side::kCompensate, .undo = undo}).error);
    EXPECT_EQ(rig.keys("middle").size(), 1U);
    const auto did = json::parse(rig.call("leaf", "put", script({{{"undo", 1}}})).output).at("did");
    EXPECT_EQ(did[0].at("code"), GANTRY_E_MISUSE) << "nor may a method of a service";
}

TEST(NotApplied, stands_when_nothing_was_called) {
    ProbeRig rig;
    const auto end = rig.step(script({kRefused}));
    EXPECT_EQ(end.error->code(), GANTRY_E_REJECTED);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_NOT_APPLIED);
}

TEST(NotApplied, is_taken_away_when_an_earlier_write_succeeded) {
    ProbeRig rig;
    const auto end = rig.step(script({call_of("inner.put"), kRefused}));
    EXPECT_EQ(end.error->code(), GANTRY_E_REJECTED);
    EXPECT_EQ(end.error->flags(), 0U);
}

TEST(NotApplied, stands_after_reads_and_after_writes_that_were_refused_so) {
    ProbeRig rig;
    const auto end = rig.step(
        script({call_of("inner.see"), call_of("inner.put", script({kRefused})), kRefused}));
    EXPECT_EQ(end.error->flags(), GANTRY_EF_NOT_APPLIED);
}

TEST(NotApplied, is_taken_away_after_a_write_whose_outcome_is_unknown) {
    ProbeRig rig;
    const auto lost = script({fail_with(GANTRY_E_UNAVAILABLE)});
    EXPECT_EQ(rig.step(script({call_of("inner.put", lost), kRefused})).error->flags(), 0U);
}

TEST(NotApplied, is_taken_away_when_a_write_two_calls_below_succeeded) {
    ProbeRig rig;
    const auto below = script({call_of("inner.put"), kRefused});
    const auto end = rig.step(script({call_of("inner.put", below), kRefused}));
    EXPECT_EQ(end.error->flags(), 0U);
    EXPECT_EQ(rig.keys("leaf").size(), 1U);
}

TEST(Skip, a_step_that_found_nothing_to_do_ends_so_whatever_it_read_and_recorded) {
    ProbeRig rig;
    const auto end = rig.step(script({call_of("inner.see"), {{"undo", 1}}, {{"skip", true}}}),
                              {.step = "careful"});
    EXPECT_FALSE(end.error);
    EXPECT_TRUE(end.skipped);
    EXPECT_FALSE(rig.step(script({})).skipped);
}

TEST(Skip, a_step_that_wrote_cannot_say_that_it_did_nothing) {
    ProbeRig rig;
    const auto end = rig.step(script({call_of("inner.put"), {{"skip", true}}}));
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->code(), GANTRY_E_MISUSE);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_MAYBE_APPLIED);
    EXPECT_FALSE(end.skipped);
}

TEST(Skip, a_write_that_was_refused_is_none) {
    ProbeRig rig;
    const auto end = rig.step(script({call_of("inner.put", script({kRefused})), {{"skip", true}}}));
    EXPECT_TRUE(end.skipped) << (end.error ? end.error->message() : "");
}

}  // namespace
}  // namespace gantry::host
