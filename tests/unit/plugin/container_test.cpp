// Calls by name through the container: what they see, and what is refused before a plugin sees it.
#include "probe_rig.hpp"

namespace gantry::host {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::call_of;
using test::ProbeRig;
using test::script;

bool has(const json& error, const std::string& part) {
    return error.at("message").get<std::string>().find(part) != std::string::npos;
}

TEST(Container, a_step_and_the_services_it_calls_see_the_run_and_the_attempt) {
    ProbeRig rig;
    const auto report = rig.report(script({call_of("inner.look")}), {.attempt = 3});
    EXPECT_EQ(report.at("attempt"), 3);
    EXPECT_EQ(report.at("run"), "run-1");
    EXPECT_EQ(report.at("workflow"), "probing");
    EXPECT_EQ(report.at("did")[0].at("run"), "run-1");
    EXPECT_EQ(report.at("did")[0].at("workflow"), "probing");
}

TEST(Container, a_nested_call_has_a_tenth_less_time_than_its_caller) {
    ProbeRig rig;
    const auto outer = rig.report(script({call_of("inner.look", script({call_of("inner.look")}))}),
                                  {.timeout = seconds(60)});
    const auto& middle = outer.at("did")[0];
    const auto& leaf = middle.at("did")[0];
    const double left = outer.at("remaining_ms");
    EXPECT_LE(middle.at("remaining_ms"), left * 0.9);
    EXPECT_GT(middle.at("remaining_ms"), left * 0.9 - 5000);
    EXPECT_LE(leaf.at("remaining_ms"), left * 0.81);
    EXPECT_GT(leaf.at("remaining_ms"), left * 0.81 - 5000);
}

TEST(Container, a_nested_call_has_at_least_half_a_second_less) {
    ProbeRig rig;
    const auto outer = rig.report(script({call_of("inner.look")}), {.timeout = milliseconds(4500)});
    const double left = outer.at("remaining_ms");
    EXPECT_LE(outer.at("did")[0].at("remaining_ms"), left - 500);
    EXPECT_GT(outer.at("did")[0].at("remaining_ms"), 0);
}

TEST(Container, a_name_that_is_not_required_is_refused_with_the_nearest_that_is) {
    ProbeRig rig;
    const auto did =
        rig.report(script({call_of("iner.put"), call_of("warehouse.put"), call_of("leaf.put")}))
            .at("did");
    for (const auto& one : did) {
        EXPECT_EQ(one.at("code"), GANTRY_E_MISUSE);
        EXPECT_EQ(one.at("flags"), GANTRY_EF_NOT_APPLIED);
        EXPECT_TRUE(has(one, "plugin probe does not require")) << one;
    }
    EXPECT_TRUE(has(did[0], "\"iner\"") && has(did[0], "Did you mean \"inner\"?")) << did[0];
    EXPECT_TRUE(has(did[1], "Known: inner, erp, spare.")) << did[1];
    EXPECT_TRUE(rig.keys("leaf").empty()) << "a module that is there but not required";
}

TEST(Container, an_optional_name_is_found_where_somebody_serves_it_and_is_told_apart_where_not) {
    const json kAsk = script({{{"find", "spare"}}, {{"find", "inner"}}, call_of("spare.put")});
    ProbeRig without;
    // Before any record_undo: to ask is no write.
    const auto none = without.report(kAsk, {.step = "careful"}).at("did");
    EXPECT_EQ(none[0], json({{"found", false}}));
    EXPECT_EQ(none[1], json({{"found", true}}));
    EXPECT_EQ(none[2].at("code"), GANTRY_E_UNSUPPORTED);
    EXPECT_EQ(none[2].at("flags"), GANTRY_EF_NOT_APPLIED);
    EXPECT_TRUE(has(none[2], "no module serves \"spare\", which is optional for plugin probe"));
    const auto unknown = without.report(script({{{"find", "spar"}}})).at("did")[0];
    EXPECT_EQ(unknown.at("code"), GANTRY_E_MISUSE);
    EXPECT_TRUE(has(unknown, "Did you mean \"spare\"?")) << unknown;

    for (const char* more : {R"("spare": {"plugin": "probe-leaf"}, "top": {"plugin": "probe"})",
                             R"("top": {"plugin": "probe", "bind": {"spare": "inner"}})"}) {
        ProbeRig with(R"({"inner": {"plugin": "probe-leaf"}, "erp": {"plugin": "probe-erp"}, )" +
                      std::string(more) + "}");
        const auto did = with.report(kAsk).at("did");
        EXPECT_EQ(did[0], json({{"found", true}})) << more;
        EXPECT_EQ(did[2].at("key"), "run-1/step/spare.put#1") << did;
    }
}

TEST(Container, an_unknown_method_is_refused_with_the_nearest_there_is) {
    ProbeRig rig;
    const auto did = rig.report(script({call_of("erp.describ")})).at("did");
    EXPECT_EQ(did[0].at("code"), GANTRY_E_UNSUPPORTED);
    EXPECT_EQ(did[0].at("flags"), GANTRY_EF_NOT_APPLIED);
    EXPECT_TRUE(has(did[0], "service \"erp\" has no method \"describ\"")) << did;
    EXPECT_TRUE(has(did[0], "Did you mean \"describe\"?")) << did;
}

TEST(Container, input_that_does_not_fit_the_interface_never_reaches_the_plugin) {
    ProbeRig rig;
    const json wrong = {{"id", 5}, {"data", json::object()}};
    const auto did = rig.report(script({call_of("erp.updateProductErpData", wrong)})).at("did");
    EXPECT_EQ(did[0].at("code"), GANTRY_E_INVALID_DATA);
    EXPECT_EQ(did[0].at("flags"), GANTRY_EF_NOT_APPLIED);
    for (const char* part : {"erp.updateProductErpData", "id", "found a number (5)", "a string"}) {
        EXPECT_TRUE(has(did[0], part)) << did;
    }
    EXPECT_EQ(rig.seen("erp").at("seen"), json::array());
}

TEST(Container, input_that_is_no_json_or_too_large_never_reaches_the_plugin) {
    ProbeRig rig;
    const auto torn = rig.container.call("leaf", "put", "{\"a\":", "k", seconds(5));
    EXPECT_EQ(torn.error->code(), GANTRY_E_INVALID_DATA);
    const auto large = rig.call("leaf", "put", std::string(std::size_t{2} << 20, 'x'));
    EXPECT_EQ(large.error->code(), GANTRY_E_TOO_LARGE);
    EXPECT_EQ(large.error->flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_TRUE(rig.keys("leaf").empty());
}

TEST(Container, an_unknown_service_is_refused_with_the_nearest_there_is) {
    ProbeRig rig;
    try {
        rig.call("laef", "put", json::object());
        FAIL() << "called a service that does not exist";
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_NOT_FOUND);
        EXPECT_EQ(e.message(), "no service \"laef\". Did you mean \"leaf\"?");
    }
}

TEST(Container, a_second_answer_is_stale_and_the_first_one_counts) {
    ProbeRig rig;
    EXPECT_EQ(rig.step(script({{{"complete", 1}}, {{"complete", 2}}})).output, "1");
    const auto seen = rig.seen("top").at("seen");
    EXPECT_EQ(seen[1].at("completed"), GANTRY_OK);
    EXPECT_EQ(seen[2].at("completed"), GANTRY_E_STALE);
}

TEST(Container, a_call_that_is_over_can_write_and_record_nothing_more) {
    ProbeRig rig;
    const auto late = script({{{"complete", 1}}, call_of("inner.put"), {{"undo", 1}}});
    EXPECT_EQ(rig.step(late).output, "1");
    const auto seen = rig.seen("top").at("seen");
    EXPECT_EQ(seen[2].at("code"), GANTRY_E_STALE);
    EXPECT_EQ(seen[2].at("flags"), GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(seen[3].at("code"), GANTRY_E_STALE);
    EXPECT_TRUE(rig.keys("middle").empty());
}

TEST(Container, a_step_past_its_deadline_is_told_and_its_late_work_is_refused) {
    ProbeRig rig;
    const auto end = rig.step(script({{{"until_stopped", true}}, call_of("inner.put")}),
                              {.timeout = milliseconds(20)});
    EXPECT_EQ(end.error->code(), GANTRY_E_DEADLINE);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_MAYBE_APPLIED);
    const auto seen = rig.seen("top").at("seen");
    EXPECT_EQ(seen[1].at("stopped"), true);
    EXPECT_EQ(seen[2].at("code"), GANTRY_E_STALE);
    EXPECT_EQ(seen[3].at("left"), "invoke") << "the end is told when the function has returned";
    EXPECT_TRUE(rig.keys("middle").empty());
}

TEST(Container, a_module_that_refuses_its_configuration_is_reported_and_the_others_start) {
    test::TempDir folder;
    std::ofstream(folder / "marker").put('x');
    test::PluginRig rig(R"({"good": {"plugin": "probe-leaf"}, "bad": {"plugin": "probe-leaf",
        "options": {"refuse": )" +
                        std::to_string(GANTRY_E_AUTH) + R"(, "marker": ")" +
                        (folder / "marker").string() + "\"}}}");
    ASSERT_TRUE(rig.problems.empty()) << rig.problems.text();
    EXPECT_EQ(rig.container.start({}), "module bad: refused to start, as told");
    const std::map<std::string, std::string> expected{{"bad", "refused to start, as told"}};
    EXPECT_EQ(rig.container.not_ready(), expected);
    EXPECT_FALSE(rig.call("good", "put", json::object()).error);
    const auto end = rig.call("bad", "put", json::object());
    EXPECT_EQ(end.error->code(), GANTRY_E_UNAVAILABLE);
    EXPECT_EQ(end.error->flags(), GANTRY_EF_NOT_APPLIED);
    EXPECT_EQ(end.error->message(), "module \"bad\" is not running: refused to start, as told");
}

TEST(Container, starting_one_module_starts_what_it_requires_and_nothing_else) {
    test::PluginRig rig(R"({"leaf": {"plugin": "probe-leaf"}, "erp": {"plugin": "probe-erp"},
                            "idle": {"plugin": "probe-leaf"},
                            "top": {"plugin": "probe", "bind": {"inner": "leaf"}}})");
    ASSERT_TRUE(rig.problems.empty()) << rig.problems.text();
    EXPECT_EQ(rig.container.start({"top"}), "");
    const std::map<std::string, std::string> expected{{"idle", "it was not started"}};
    EXPECT_EQ(rig.container.not_ready(), expected);
    rig.container.stop();
    EXPECT_EQ(rig.container.not_ready().at("top"), "it was stopped");
}

}  // namespace
}  // namespace gantry::host
