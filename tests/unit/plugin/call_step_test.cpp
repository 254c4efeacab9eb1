// The built-in step: what is recorded before the call, under which key it is made, how it is
// undone.
#include "flow/definition.hpp"
#include "hang_rig.hpp"

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using test::Asked;
using test::call_of;
using test::fail_with;
using test::HangRig;
using test::ProbeRig;
using test::script;
using Strings = std::vector<std::string>;

/// "service.method" each; an empty one is not there.
StepReference reference(const std::string& call, const std::string& record = "",
                        const std::string& undo = "", const json& undo_with = json::object()) {
    const auto method = [](const std::string& name) {
        const auto dot = name.find('.');
        return ServiceMethod{name.substr(0, dot), name.substr(dot + 1)};
    };
    StepReference what;
    what.service = ServiceCall{method(call), {}, {}, {}, {}};
    if (!record.empty()) what.service->record = method(record);
    if (!undo.empty()) {
        what.service->undo = method(undo);
        what.service->undo_with = Template(undo_with);
    }
    return what;
}

Asked asked(const StepReference& what) {
    return {.step = what.service->call.service + "." + what.service->call.method,
            .module = what.service->call.service,
            .what = &what};
}

Asked undoing(const StepReference& what, std::optional<std::string> undo = {},
              std::optional<std::string> output = {}) {
    auto out = asked(what);
    out.side = Side::kCompensate;
    out.undo = std::move(undo);
    out.output = std::move(output);
    return out;
}

/// What happened in a module, in order.
Strings order(ProbeRig& rig, const std::string& module) {
    Strings out;
    const auto all = rig.seen(module);
    for (const auto& one : all.at("seen")) {
        if (one.contains("what")) out.push_back(one.at("what"));
    }
    return out;
}

const json kUpdate = {{"id", "prod_1"}, {"data", {{"title", "New"}}}, {"create", true}};
const StepReference kErp = reference("erp.updateProductErpData", "erp.snapshotProduct",
                                     "erp.restoreProduct", {{"snapshot", json::object()}});

TEST(CallStep, is_found_with_the_traits_of_its_service) {
    ProbeRig rig;
    const auto traits = rig.steps.find(kErp);
    EXPECT_EQ(traits.module, "erp");
    EXPECT_EQ(traits.name, "erp.updateProductErpData");
    EXPECT_EQ(traits.plugin, "probe-erp");
    EXPECT_EQ(traits.version, "1.0.0");
    EXPECT_TRUE(traits.compensable && traits.records_undo);
    EXPECT_FALSE(traits.async || traits.at_most_once);
    EXPECT_TRUE(traits.input_schema.at("properties").contains("data"));
    const auto bare = rig.steps.find(reference("leaf.put"));
    EXPECT_FALSE(bare.compensable || bare.records_undo);
    EXPECT_TRUE(bare.input_schema.is_null());
}

TEST(CallStep, what_is_not_there_is_refused_with_the_nearest_that_is) {
    ProbeRig rig;
    const auto refusal = [&](const StepReference& what) -> std::string {
        try {
            rig.steps.find(what);
        } catch (const Error& e) {
            EXPECT_EQ(e.code(), GANTRY_E_CONFIG);
            return e.message();
        }
        return "nothing";
    };
    EXPECT_EQ(refusal(reference("laef.put")), "no service \"laef\". Did you mean \"leaf\"?");
    EXPECT_EQ(refusal(reference("erp.describ")),
              "service \"erp\" has no method \"describ\". Did you mean \"describe\"?");
    EXPECT_EQ(refusal(reference("leaf.put", "leaf.lok")),
              "service \"leaf\" has no method \"lok\". Did you mean \"look\"?");
    EXPECT_EQ(refusal(reference("leaf.put", "leaf.look", "leaf.putt")),
              "service \"leaf\" has no method \"putt\". Did you mean \"put\"?");
    EXPECT_EQ(refusal(reference("leaf.put", "middle.put")),
              "middle.put is a write method; what is recorded before a change is asked for by a "
              "read method");
}

TEST(CallStep, records_before_it_calls_and_calls_with_the_key_of_a_steps_write) {
    ProbeRig rig;
    Strings recorded;
    rig.record = [&](const std::string& undo, const auto& done) {
        recorded.push_back(undo);
        EXPECT_EQ(order(rig, "erp"), Strings{"snapshotProduct"}) << "not durable yet";
        done(std::nullopt);
    };
    const auto end = rig.step(kUpdate, asked(kErp));
    ASSERT_FALSE(end.error) << end.error->message();
    EXPECT_FALSE(end.undo) << "what was recorded is it";
    const auto report = json::parse(end.output);
    EXPECT_EQ(report.at("key"), "run-1/step/erp.updateProductErpData#1");
    EXPECT_EQ(report.at("run"), "run-1");
    EXPECT_EQ(order(rig, "erp"), (Strings{"snapshotProduct", "updateProductErpData"}));
    ASSERT_EQ(recorded.size(), 1U);
    EXPECT_EQ(json::parse(recorded[0]).at("key"), "") << "the answer of the read";
}

TEST(CallStep, what_an_earlier_attempt_recorded_is_not_asked_for_again) {
    ProbeRig rig;
    rig.record = [](const std::string&, const auto&) { FAIL() << "recorded twice"; };
    auto again = asked(kErp);
    again.undo = "{}";
    again.attempt = 2;
    EXPECT_FALSE(rig.step(kUpdate, again).error);
    EXPECT_EQ(order(rig, "erp"), Strings{"updateProductErpData"});
}

TEST(CallStep, the_recording_method_gets_its_own_input_where_there_is_one) {
    ProbeRig rig;
    auto what = reference("leaf.put", "leaf.look");
    what.service->record_with = Template(script({fail_with(GANTRY_E_NOT_FOUND)}));
    EXPECT_EQ(rig.step(script({}), asked(what)).error->code(), GANTRY_E_NOT_FOUND);
    what.service->record_with = Template("${ .input.first }");
    const json input = {{"first", script({{{"until_stopped", false}}})}, {"do", json::array()}};
    auto quick = asked(what);
    quick.timeout = milliseconds(600);
    EXPECT_EQ(rig.step(input, quick).error->code(), GANTRY_E_DEADLINE) << "it waited as told";
}

TEST(CallStep, nothing_was_applied_when_recording_fails_whatever_the_service_says) {
    ProbeRig rig;
    const auto what = reference("leaf.put", "leaf.look");
    const auto refused =
        rig.step(script({fail_with(GANTRY_E_UNAVAILABLE, GANTRY_EF_MAYBE_APPLIED)}), asked(what));
    EXPECT_EQ(refused.error->code(), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(refused.error->flags(), GANTRY_EF_NOT_APPLIED);
    rig.record = [](const std::string&, const auto& done) {
        done(Error(GANTRY_E_UNAVAILABLE, "the disk is full", GANTRY_EF_NOT_APPLIED));
    };
    EXPECT_EQ(rig.step(script({}), asked(what)).error->message(), "the disk is full");
    EXPECT_TRUE(rig.keys("leaf").empty());
}

TEST(CallStep, its_input_is_checked_and_its_errors_keep_their_flags) {
    ProbeRig rig;
    const json wrong = {{"id", 5}, {"data", json::object()}};
    const auto what = reference("erp.updateProductErpData");
    EXPECT_EQ(rig.step(wrong, asked(what)).error->code(), GANTRY_E_INVALID_DATA);
    EXPECT_EQ(order(rig, "erp"), Strings{});
    const auto put = reference("leaf.put");
    const auto flags = [&](std::uint32_t said) {
        return rig.step(script({fail_with(GANTRY_E_REJECTED, said)}), asked(put)).error->flags();
    };
    EXPECT_EQ(flags(GANTRY_EF_NOT_APPLIED), GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(flags(GANTRY_EF_MAYBE_APPLIED), GANTRY_EF_MAYBE_APPLIED);
    EXPECT_EQ(flags(0), 0U);
}

TEST(CallStep, is_undone_by_its_undo_under_a_key_of_its_own) {
    ProbeRig rig;
    const auto end = rig.step(kUpdate, undoing(kErp, R"({"a":1})", "{}"));
    ASSERT_FALSE(end.error) << end.error->message();
    EXPECT_EQ(end.output, "null");
    EXPECT_EQ(order(rig, "erp"), Strings{"restoreProduct"});
    const auto seen = rig.seen("erp").at("seen");
    EXPECT_EQ(seen[0].at("key"), "run-1/step/compensate/erp.restoreProduct#1");
}

TEST(CallStep, its_undo_sees_what_went_in_what_came_out_and_what_was_recorded) {
    ProbeRig rig;
    const auto tells = [&](const char* expression, std::optional<std::string> undo,
                           std::optional<std::string> output) {
        // The value ends up as the last part of the key of a write that the probe makes.
        const auto what = reference(
            "middle.put", "", "middle.put",
            {{"do", {{{"call", {{"service", "inner"}, {"method", "put"}, {"key", expression}}}}}}});
        EXPECT_FALSE(
            rig.step({{"was", "in"}}, undoing(what, std::move(undo), std::move(output))).error);
        const auto key = rig.keys("leaf").back();
        return key.substr(key.rfind(':') + 1);
    };
    EXPECT_EQ(tells("${ .input.was }", {}, {}), "in");
    EXPECT_EQ(tells("${ .output.was }", R"({"was":"before"})", R"({"was":"out"})"), "out");
    EXPECT_EQ(tells("${ .undo.was }", R"({"was":"before"})", R"({"was":"out"})"), "before");
    EXPECT_EQ(tells("${ .undo.was }", {}, R"({"was":"out"})"), "out") << "else the output";
    EXPECT_EQ(
        tells("${ if .output == null and .undo == null then \"null\" else \"\" end }", {}, {}),
        "null")
        << "when nothing is known";
}

TEST(CallStep, its_undo_is_told_null_for_what_an_answer_of_any_shape_does_not_hold) {
    ProbeRig rig;
    std::vector<DefinitionProblem> problems;
    const auto definition = parse_definition(
        {{"name", "w"},
         {"steps",
          {{{"call", "leaf.put"}, {"id", "usual"}, {"undo", {{"call", "erp.restoreProduct"}}}},
           {{"call", "leaf.put"},
            {"id", "own"},
            {"undo",
             {{"call", "erp.restoreProduct"},
              {"with", {{"snapshot", json::object()}, {"written", "${ .undo[1].version }"}}}}}}}}},
        problems);
    ASSERT_TRUE(definition) << problems.at(0).message;
    for (const auto& step : definition->steps) {
        for (const char* answer : {R"(["a"])", R"("text")", "7", "true", "null", R"({"id": 1})"}) {
            // What it is told fits the schema of restoreProduct: a text or null.
            const auto undo = step.id == "usual" ? "{}" : answer;
            const auto end = rig.step(json::object(), undoing(step.what, undo, answer));
            EXPECT_FALSE(end.error) << step.id << answer << end.error->message();
        }
    }
}

TEST(CallStep, of_unknown_outcome_is_undone_unless_it_would_have_recorded_before_any_change) {
    ProbeRig rig;
    EXPECT_FALSE(rig.step(kUpdate, undoing(kErp)).error);
    EXPECT_EQ(order(rig, "erp"), Strings{}) << "nothing recorded, so nothing changed";
    const auto bare = reference("leaf.put", "", "leaf.put");
    EXPECT_FALSE(rig.step(script({}), undoing(bare)).error);
    EXPECT_EQ(rig.keys("leaf"), Strings{"run-1/step/compensate/leaf.put#1"});
}

TEST(CallStep, waits_in_the_queue_of_its_module_and_its_time_runs_only_then) {
    ProbeRig rig;
    auto& slots = rig.container.module("leaf").slots();
    ASSERT_TRUE(slots.take(Timers::Clock::now()));
    const auto what = reference("leaf.put", "leaf.look");
    auto short_one = asked(what);
    short_one.timeout = milliseconds(5000);
    const auto begun = rig.begin(script({}), short_one);
    slots.release();
    EXPECT_FALSE(test::get(begun.ended).error);
    EXPECT_TRUE(slots.take(Timers::Clock::now())) << "and gave it back";
}

TEST(CallStep, that_hangs_is_given_up_and_the_slot_of_the_service_is_free) {
    HangRig rig;
    const auto what = reference("leaf.put");
    auto hung = asked(what);
    hung.timeout = milliseconds(2000);
    const auto end = test::get(rig.begin(script({rig.hang()}), hung).ended);
    EXPECT_EQ(end.error->code(), GANTRY_E_DEADLINE);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_MAYBE_APPLIED);
    EXPECT_EQ(rig.container.module("leaf").stuck, 1U);
    EXPECT_FALSE(test::get(rig.begin(script({}), asked(what)).ended).error);
}

TEST(CallStep, that_is_cancelled_tells_the_service_and_its_answer_counts) {
    ProbeRig rig;
    const auto what = reference("leaf.put");
    const auto begun = rig.begin(script({{{"until_stopped", true}}}), asked(what));
    // Its slot is taken before the service is called; what counts is the call.
    auto& calls = rig.container.module("leaf").calls();
    const auto inside = [&] {
        for (gantry_call number = 1; number < 100; ++number) {
            const auto call = calls.find(number);
            if (call && call->is_method) return true;
        }
        return false;
    };
    while (!inside()) std::this_thread::yield();
    begun.attempt->cancel();
    const auto end = test::get(begun.ended);
    ASSERT_FALSE(end.error) << end.error->message();
    EXPECT_EQ(json::parse(end.output).at("did")[0].at("stopped"), true);
}

TEST(CallStep, that_is_cancelled_while_it_records_does_not_call) {
    ProbeRig rig;
    const auto what = reference("leaf.put", "leaf.look");
    std::shared_ptr<StepAttempt> attempt;
    rig.record = [&](const std::string&, const auto& done) {
        attempt->cancel();
        done(std::nullopt);
    };
    const auto made = rig.attempt(script({}), asked(what));
    attempt = made.attempt;
    made.attempt->begin();
    const auto end = test::get(made.ended);
    EXPECT_EQ(end.error->code(), GANTRY_E_CANCELLED);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_TRUE(rig.keys("leaf").empty());
}

}  // namespace
}  // namespace gantry::host
