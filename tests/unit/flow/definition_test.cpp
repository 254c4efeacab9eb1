// Definitions: one meaning has one hash, and every mistake is named at once.
#include "flow/definition.hpp"

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

std::vector<DefinitionProblem> problems_of(const char* source) {
    std::vector<DefinitionProblem> problems;
    EXPECT_FALSE(parse_definition(json::parse(source), problems).has_value());
    return problems;
}

std::string hash_of(const char* source) {
    std::vector<DefinitionProblem> problems;
    const auto definition = parse_definition(json::parse(source), problems);
    EXPECT_TRUE(problems.empty()) << (problems.empty() ? "" : problems.front().message);
    return definition ? definition->hash : "";
}

TEST(Definition, the_same_meaning_has_the_same_hash) {
    EXPECT_EQ(hash_of(R"({"name":"w","steps":[{"step":"m/a"}]})"),
              hash_of(R"({"steps":[{"id":"a","with":{},"step":"m/a"}],"result":null,"name":"w"})"));
    EXPECT_NE(hash_of(R"({"name":"w","steps":[{"step":"a"}]})"),
              hash_of(R"({"name":"w","steps":[{"step":"a"}],"result":"${ .steps.a }"})"));
}

TEST(Definition, a_stored_text_reads_back_as_itself) {
    std::vector<DefinitionProblem> problems;
    const auto made = parse_definition(
        json::parse(R"({"name":"w","steps":[{"step":"a","with":"${ .input.x }"}]})"), problems);
    const auto again = parse_stored_definition(made->text);
    EXPECT_EQ(again.hash, made->hash);
    EXPECT_EQ(again.text, made->text);
}

TEST(Definition, all_mistakes_are_found_at_once) {
    const auto problems = problems_of(R"({
        "name": "w", "setps": [],
        "steps": [{"step": "a", "wiht": 1},
                  {"step": "b", "with": "${ .steps.c }"},
                  {"step": "c", "with": "${ .input | now }"},
                  {"step": "a"},
                  {"id": "x"}],
        "result": "${ .steps.bb }"})");
    const auto has = [&](const std::string& pointer, const std::string& part) {
        for (const auto& p : problems) {
            if (p.pointer == pointer && p.message.find(part) != std::string::npos) return true;
        }
        return false;
    };
    EXPECT_TRUE(has("/setps", "\"steps\""));
    EXPECT_TRUE(has("/steps/0/wiht", "\"with\""));
    EXPECT_TRUE(has("/steps/1/with", "has not run yet"));
    EXPECT_TRUE(has("/steps/2/with", "reads the clock"));
    EXPECT_TRUE(has("/steps/3", "two steps with id"));
    EXPECT_TRUE(has("/steps/4", "missing \"step\""));
    EXPECT_TRUE(has("/result", "Did you mean \"b\""));
    EXPECT_EQ(problems.size(), 7U);
}

TEST(Definition, a_step_cannot_use_itself) {
    const auto problems =
        problems_of(R"({"name":"w","steps":[{"step":"a","with":"${.steps.a}"}]})");
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].message.find("has not run yet"), std::string::npos);
}

TEST(Definition, a_duration_that_is_none_is_told_with_what_was_written) {
    const json call = {{"call", "s.m"}, {"id", "c"}};
    for (const char* none : {"0s", "30", "-1s", "five"}) {
        json with_policy = call;
        with_policy["invoke"] = {{"timeout", none}};
        std::vector<DefinitionProblem> problems;
        EXPECT_FALSE(parse_definition({{"name", "w"},
                                       {"deadline", none},
                                       {"steps",
                                        {with_policy,
                                         {{"sleep", none}, {"id", "s"}},
                                         {{"wait", "go"}, {"id", "g"}, {"timeout", none}}}}},
                                      problems));
        ASSERT_EQ(problems.size(), 4U);
        for (const auto& problem : problems) {
            EXPECT_NE(problem.message.find("found \"" + std::string(none) +
                                           "\", expected a duration such as \"30s\", more than 0"),
                      std::string::npos)
                << problem.pointer << problem.message;
        }
    }
}

TEST(Definition, steps_are_demanded_and_limited) {
    EXPECT_FALSE(problems_of(R"({"name":"w"})").empty());
    EXPECT_FALSE(problems_of(R"({"name":"w","steps":[]})").empty());
    EXPECT_FALSE(problems_of("[]").empty());
    json many = {{"name", "w"}, {"steps", json::array()}};
    for (int i = 0; i <= 20'000; ++i) {
        many["steps"].push_back({{"step", "a"}, {"id", "s" + std::to_string(i)}});
    }
    std::vector<DefinitionProblem> problems;
    EXPECT_FALSE(parse_definition(many, problems));
    ASSERT_EQ(problems.size(), 1U);
    many["steps"].erase(0);
    problems.clear();
    EXPECT_TRUE(parse_definition(many, problems));
}

TEST(Definition, paths_that_a_closed_input_schema_does_not_know_are_named) {
    std::vector<DefinitionProblem> problems;
    const auto definition = parse_definition(
        json::parse(R"({"name":"w","steps":[{"step":"a","with":"${ .input.titel }"}]})"), problems);
    check_input_paths(*definition, json::parse(R"({"type":"object","additionalProperties":false,
                                                   "properties":{"title":{}}})"),
                      problems);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].pointer, "/steps/0/with");
    EXPECT_NE(problems[0].message.find("Did you mean \"title\"?"), std::string::npos);
    problems.clear();
    check_input_paths(*definition, json::parse(R"({"properties":{"title":{}}})"), problems);
    EXPECT_TRUE(problems.empty());
}

TEST(Definition, turns_are_taken_by_the_input_alone_and_no_branch_is_empty) {
    std::vector<DefinitionProblem> problems;
    parse_definition({{"name", "w"},
                      {"exclusive", "${ .steps.a }"},
                      {"steps", {{{"step", "a"}}, {{"parallel", {json::array()}}}}}},
                     problems);
    ASSERT_EQ(problems.size(), 2U);
    EXPECT_EQ(problems[0].pointer, "/exclusive");
    EXPECT_EQ(problems[0].message, "\"${ .steps.a }\": known here: .input");
    EXPECT_EQ(problems[1].pointer, "/steps/1/parallel/0");
}

TEST(Definition, a_constant_that_can_only_be_a_mistake_is_refused_and_it_says_what_was_meant) {
    const json step = {{"step", "a"}};
    const auto with = [&](const char* key, const json& value) {
        json source = {{"name", "w"}, {"steps", {step}}};
        if (key == std::string_view("exclusive")) {
            source[key] = value;
        } else {
            json node = {{key, value}, {"id", "x"}};
            if (key == std::string_view("when")) node["then"] = step;
            if (key == std::string_view("for_each")) node["do"] = step;
            source["steps"] = json::array({node});
        }
        return source;
    };
    const auto refused = [&](const char* key, const json& value, const std::string& part) {
        std::vector<DefinitionProblem> problems;
        EXPECT_FALSE(parse_definition(with(key, value), problems)) << key << value;
        ASSERT_EQ(problems.size(), 1U) << key << value;
        EXPECT_TRUE(problems[0].pointer.ends_with(std::string("/") + key)) << problems[0].pointer;
        EXPECT_NE(problems[0].message.find(part), std::string::npos) << problems[0].message;
    };
    for (const char* key : {"exclusive", "when", "for_each", "sleep"}) {
        for (const char* text : {".input.id", "input.id", "$.input.id", "{{ .input.id }}"}) {
            refused(key, text, std::string("found \"") + text + "\"");
            refused(key, text, R"( Did you mean "${ .input.id }"?)");
        }
        refused(key, {{"id", 1}}, "found an object");
        refused(key, nullptr, "found null");
        refused(key, 1, "found a number (1)");
    }
    refused("when", ".input.price > 1000", R"( Did you mean "${ .input.price > 1000 }"?)");
    refused("when", ".steps[\"a\"].ok", R"( Did you mean "${ .steps[\"a\"].ok }"?)");
    refused("for_each", "[.input.lines[] | .id]",
            R"( Did you mean "${ [.input.lines[] | .id] }"?)");
    refused("sleep", json::array({"${ .input.pause }"}), "found an array");
    for (const json& same : {json(false), json("all"), json::array(), json("${ 1 + 1 }")}) {
        refused("exclusive", same, "or true: all runs go one after another.");
    }
    refused("exclusive", {"${ .input.shop }", ".input.id"}, R"( Did you mean "${ .input.id }"?)");

    std::vector<DefinitionProblem> problems;
    for (const auto& [key, value] : std::initializer_list<std::pair<const char*, json>>{
             {"exclusive", true},
             {"exclusive", {{"of", "${ .input.shop }"}, {"kind", "stock"}}},
             {"exclusive", "${ tojson }"},
             {"when", false},
             {"for_each", {"a", "b"}},
             {"sleep", "5m"}}) {
        EXPECT_TRUE(parse_definition(with(key, value), problems)) << key << value;
    }
    const auto old = parse_stored_definition(
        R"({"name":"w","result":null,"exclusive":".input.id","steps":[{"step":"a","id":"a"}]})");
    EXPECT_TRUE(old.exclusive);
}

TEST(Definition,
     an_id_compensate_is_refused_since_keys_would_be_ambiguous_and_understood_when_stored) {
    const json step = {{"step", "compensate"}};
    const json renamed = {{"step", "m/compensate"}, {"id", "x"}};
    const json group = {
        {"id", "compensate"}, {"workflow", "i"}, {"definition", {{"steps", {renamed}}}}};
    for (const json& bad : {step, group, json{{"parallel", {step}}}}) {
        const json source = {{"name", "w"}, {"steps", {bad}}};
        std::vector<DefinitionProblem> problems;
        EXPECT_FALSE(parse_definition(source, problems));
        ASSERT_EQ(problems.size(), 1U) << bad;
        EXPECT_NE(problems[0].message.find("\"compensate\" cannot be an id"), std::string::npos);
    }
    std::vector<DefinitionProblem> problems;
    EXPECT_TRUE(parse_definition({{"name", "w"}, {"steps", {renamed}}}, problems));
    const auto old = parse_stored_definition(
        R"({"name":"w","result":null,"steps":[{"id":"compensate","step":"compensate","with":{}}]})");
    EXPECT_EQ(old.steps.at(0).id, "compensate");
}

}  // namespace
}  // namespace gantry::host
