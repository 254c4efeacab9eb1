// The probes of contract.json that ask the system itself.
#include "check/rig.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace gantry::host::check {
namespace {

/// Asks the probe of a contract.json, with the server's URL for $URL.
json ask(const test::ScriptedServer& server, json probe) {
    const test::TempDir folder;
    probe.update({{probe.contains("post") ? "post" : "get", server.url("/graphql")}});
    const json scenario = {
        {"name", "one"}, {"step", "step"}, {"input", json::object()}, {"probe", probe}};
    std::ofstream(folder / "contract.json") << json{{"scenarios", {scenario}}};
    SubjectSettings settings;
    settings.file = GANTRY_TEST_PLUGINS "/odd-calls.so";
    settings.contract = folder / "contract.json";
    settings.folder = folder.path();
    Subject subject(settings);
    Rig rig(subject);
    return rig.look_at(*subject.scenarios().at(0).probe);
}

test::Reaction react(const test::ServedRequest&, int) { return test::answer(200, R"({"a": 1})"); }

TEST(Probe, a_system_that_is_read_by_post_is_asked_by_post) {
    const test::ScriptedServer server(&react);
    const json shown = ask(server, {{"post", ""}, {"body", {{"query", "{product}"}}}});
    EXPECT_EQ(shown, json({{"status", 200}, {"body", {{"a", 1}}}}));
    const auto asked = server.requests().at(0);
    EXPECT_EQ(asked.method, "POST");
    EXPECT_EQ(asked.header("content-type"), "application/json");
    EXPECT_EQ(asked.body, R"({"query":"{product}"})");
}

TEST(Probe, another_one_is_asked_by_get) {
    const test::ScriptedServer server(&react);
    ask(server, {{"get", ""}});
    EXPECT_EQ(server.requests().at(0).method, "GET");
}

TEST(Probe, a_body_without_a_post_is_a_mistake_of_the_contract) {
    const test::ScriptedServer server(&react);
    try {
        ask(server, {{"get", ""}, {"body", 1}});
        ADD_FAILURE() << "taken";
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_CONFIG);
        EXPECT_NE(e.message().find("\"body\" goes with \"post\" only"), std::string::npos)
            << e.message();
    }
}

}  // namespace
}  // namespace gantry::host::check
