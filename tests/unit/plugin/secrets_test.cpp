// What a schema marks as secret is taken out of texts.
#include "plugin/secrets.hpp"

#include "probe_rig.hpp"

namespace gantry::host {
namespace {

const json kSchema = json::parse(R"({
    "type": "object",
    "definitions": {"login": {"type": "object", "properties": {
        "name": {"type": "string"}, "password": {"type": "string", "writeOnly": true}}}},
    "properties": {
        "url": {"type": "string"},
        "token": {"type": "string", "writeOnly": true},
        "keys": {"type": "object", "writeOnly": true},
        "logins": {"type": "array", "items": {"$ref": "#/definitions/login"}},
        "pair": {"type": "array", "items": [{"type": "string"}, {"type": "string", "writeOnly": true}]},
        "either": {"oneOf": [{"type": "number"}, {"type": "string", "writeOnly": true}]}},
    "additionalProperties": {"type": "string", "writeOnly": true}})");

TEST(Secrets, are_found_wherever_the_schema_marks_them) {
    const Secrets secrets(kSchema, json::parse(R"({
        "url": "https://plain", "token": "first-token",
        "keys": {"a": {"b": ["second-key"]}},
        "logins": [{"name": "plain-name", "password": "third-password"}],
        "pair": ["plain-half", "fourth-half"], "either": "fifth-one", "other": "sixth-one"})"));
    const std::string all =
        "https://plain first-token second-key plain-name third-password plain-half fourth-half "
        "fifth-one sixth-one";
    EXPECT_EQ(secrets.redact(all), "https://plain *** *** plain-name *** plain-half *** *** ***");
}

TEST(Secrets, a_longer_one_goes_before_the_one_within_it_and_short_ones_stay) {
    const Secrets secrets(kSchema, {{"a", "pass"}, {"b", "password-1"}, {"c", "x"}, {"d", ""}});
    EXPECT_EQ(secrets.redact("password-1, pass, passpass, x"), "***, ***, ******, x");
}

TEST(Secrets, are_found_escaped_as_in_json_and_as_in_a_url) {
    const Secrets secrets(kSchema, {{"token", "a\"b/c d"}});
    EXPECT_EQ(secrets.redact(R"(a"b/c d {"t": "a\"b/c d"} ?t=a%22b%2Fc%20d)"),
              R"(*** {"t": "***"} ?t=***)");
}

TEST(Secrets, are_taken_out_of_every_text_and_name_of_a_value) {
    const Secrets secrets(kSchema, {{"token", "s3cret"}});
    EXPECT_EQ(secrets.redact_all(json::parse(R"({"s3cret": ["my s3cret", 1, {"a": "s3cret"}]})")),
              json::parse(R"({"***": ["my ***", 1, {"a": "***"}]})"));
}

TEST(Secrets, a_schema_that_marks_nothing_changes_nothing) {
    EXPECT_EQ(Secrets({{"type", "object"}}, {{"token", "s3cret"}}).redact("s3cret"), "s3cret");
    EXPECT_EQ(Secrets(json(), json()).redact_all("s3cret"), "s3cret");
}

constexpr auto kModule =
    R"({"web": {"plugin": "http-probe", "options": {"token": "s3cret-token"}}})";

TEST(Secrets, stand_neither_in_the_error_of_a_plugin_nor_in_its_details) {
    test::PluginRig rig(kModule);
    rig.start();
    const auto end = rig.call("web", "put", test::script({{{"fail", "told: "}}}));
    ASSERT_TRUE(end.error);
    EXPECT_EQ(end.error->message(), "told: ***");
    EXPECT_EQ(end.error->details(), json::parse(R"({"with": {"***": "told: ***"}})"));
}

TEST(Secrets, a_message_is_cut_after_they_are_taken_out) {
    test::PluginRig rig(kModule);
    rig.start();
    const auto end = rig.call("web", "put", test::script({{{"fail", std::string(1024 - 6, 'x')}}}));
    EXPECT_EQ(end.error->message().find("s3cre"), std::string::npos) << end.error->message();
}

TEST(Secrets, stand_neither_in_the_lines_nor_in_the_fields_of_the_log) {
    test::PluginRig rig(kModule);
    rig.start();
    testing::internal::CaptureStderr();
    EXPECT_FALSE(rig.call("web", "look", test::script({{{"log", "told: "}}})).error);
    const auto lines = testing::internal::GetCapturedStderr();
    EXPECT_NE(lines.find("told: ***"), std::string::npos) << lines;
    EXPECT_EQ(lines.find("s3cret"), std::string::npos) << lines;
}

}  // namespace
}  // namespace gantry::host
