// Schemas: messages, completeness, what is refused at construction, use by several threads.
#include "base/schema.hpp"

#include <gantry/json.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

namespace gantry::host {
namespace {

std::string violations(const char* schema, const char* text) {
    return joined(Schema(json::parse(schema)).check(text));
}

std::string refusal_by(const char* schema) {
    try {
        const Schema one(json::parse(schema));
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), GANTRY_E_CONFIG);
        return e.message();
    }
    return "";
}

constexpr auto* kProduct = R"({
    "type": "object", "required": ["id", "title"], "additionalProperties": false,
    "properties": {
        "id": {"type": "string", "minLength": 2},
        "title": {"type": "string", "maxLength": 4},
        "status": {"enum": ["draft", "published"]},
        "stock": {"type": "integer", "minimum": 0},
        "variants": {"type": "array", "maxItems": 2, "items": {"$ref": "#/definitions/variant"}}},
    "definitions": {
        "variant": {"type": "object", "required": ["sku"], "additionalProperties": false,
                    "properties": {"sku": {"type": "string"}}}}})";

TEST(Schema, a_value_that_fits_has_no_violations) {
    EXPECT_EQ(violations(kProduct, R"({"id": "p1", "title": "äöü€", "status": "draft", "stock": 0,
                                       "variants": [{"sku": "a"}, {"sku": "b"}]})"),
              "");
}

TEST(Schema, messages_say_what_was_found_and_expected) {
    EXPECT_EQ(violations(kProduct, R"({"id": "p1", "title": 5})"),
              "title: found a number (5), expected a string");
    EXPECT_EQ(violations(kProduct, R"({"id": "p1", "titel": "x", "title": "y"})"),
              "unknown field \"titel\". Did you mean \"title\"?");
    EXPECT_EQ(violations(kProduct, R"({"id": "p1", "colour": "x", "title": "y"})"),
              "unknown field \"colour\". Known: id, status, stock, title, variants.");
    EXPECT_EQ(violations(kProduct, R"({"title": "y"})"), "missing required field \"id\"");
    EXPECT_EQ(violations(kProduct, R"({"id": "p", "title": "y"})"),
              "id: found 1 character, at least 2");
    EXPECT_EQ(violations(kProduct, R"({"id": "p1", "title": "äöü€😀"})"),
              "title: found 5 characters, at most 4");
    EXPECT_EQ(violations(kProduct, R"({"id": "p1", "title": "y", "status": "drft"})"),
              "status: found \"drft\", expected one of \"draft\", \"published\"");
    EXPECT_EQ(violations(kProduct, R"({"id": "p1", "title": "y", "stock": -1})"),
              "stock: found a number (-1), at least 0");
    EXPECT_EQ(violations(kProduct, R"({"id": "p1", "title": "y", "stock": 1.5})"),
              "stock: found a number (1.5), expected an integer");
    EXPECT_EQ(
        violations(kProduct,
                   R"({"id": "p1", "title": "y", "variants": [{"sku": "a"}, {"skuu": "b"}]})"),
        "variants[1]: unknown field \"skuu\". Did you mean \"sku\"?; variants[1]: missing "
        "required field \"sku\"");
    EXPECT_EQ(violations(kProduct, "[]"), "found an array, expected an object");
    EXPECT_EQ(violations(R"({"type": ["string", "null"]})", "true"),
              "found true, expected a string or null");
    EXPECT_EQ(violations(R"({"minimum": 5, "exclusiveMinimum": true})", "5"),
              "found a number (5), more than 5");
    EXPECT_EQ(violations(R"({"multipleOf": 5})", "7"),
              "found a number (7), expected a multiple of 5");
    EXPECT_EQ(violations(R"({"minItems": 1})", "[]"), "found 0 items, at least 1");
    EXPECT_EQ(violations(R"({"maxProperties": 0})", R"({"a": 1})"), "found 1 field, at most 0");
    EXPECT_EQ(violations(R"({"uniqueItems": true})", "[1, 2, 1]"),
              "[2]: found an item twice, expected every item once");
    EXPECT_EQ(violations(R"({"items": [{}], "additionalItems": false})", "[1, 2]"),
              "[1]: found more than 1 item, expected no more");
    EXPECT_EQ(violations(R"({"pattern": "^[a-z]+$"})", "\"A1\""),
              "found \"A1\", expected text that matches ^[a-z]+$");
    EXPECT_EQ(violations(R"({"anyOf": [{"type": "string"}, {"type": "null"}]})", "5"),
              "found a number (5), expected what fits one of: a string, null");
    EXPECT_EQ(violations(R"({"dependencies": {"a": ["b"]}})", R"({"a": 1})"),
              "found \"a\" without \"b\", expected both");
    EXPECT_NE(violations(R"({"not": {"type": "null"}})", "null"), "");
}

TEST(Schema, all_violations_are_listed_with_pointer_and_keyword) {
    const auto found =
        Schema(json::parse(kProduct))
            .check(
                R"({"id": 5, "titel": 1, "colour": 2, "status": "x", "stock": -1, "variants": [1, 2, 3]})");
    std::vector<std::string> got;
    for (const auto& one : found) got.push_back(one.pointer + " " + one.keyword);
    std::sort(got.begin(), got.end());
    EXPECT_EQ(got, (std::vector<std::string>{" required", "/colour additionalProperties",
                                             "/id type", "/status enum", "/stock minimum",
                                             "/titel additionalProperties", "/variants maxItems",
                                             "/variants/0 type"}))
        << joined(found);
}

TEST(Schema, at_most_twenty_violations_are_listed) {
    json schema = {{"type", "object"}, {"additionalProperties", false}}, value;
    for (int i = 0; i < 100; ++i) value["field" + std::to_string(i)] = i;
    EXPECT_EQ(Schema(schema).check(value.dump()).size(), 20u);
}

TEST(Schema, a_field_that_is_only_required_is_no_unknown_field_afterwards) {
    EXPECT_EQ(
        violations(R"({"required": ["a", "b"], "additionalProperties": false})", R"({"a": 1})"),
        "missing required field \"b\"");
}

TEST(Schema, write_only_strings_are_never_shown) {
    const auto* const schema = R"({"properties": {
        "token": {"enum": ["right"], "writeOnly": true},
        "login": {"writeOnly": true, "properties": {"pin": {"type": "string"}, "key": {"pattern": "^a"}}}}})";
    const auto text =
        violations(schema, R"({"token": "hush", "login": {"pin": 4711, "key": "hush"}})");
    EXPECT_EQ(text.find("hush"), std::string::npos) << text;
    EXPECT_EQ(text.find("4711"), std::string::npos) << text;
    EXPECT_NE(text.find("login.pin: found a number, expected a string"), std::string::npos) << text;
}

TEST(Schema, pattern_properties_hold_with_and_without_other_members) {
    const auto* const schema = R"({"properties": {"a": {"type": "number"}},
        "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": false})";
    EXPECT_EQ(violations(schema, R"({"x-1": "s"})"), "");
    EXPECT_EQ(violations(schema, R"({"a": 1, "x-1": "s"})"), "");
    EXPECT_EQ(violations(schema, R"({"x-1": "s", "a": 1, "x-2": "t"})"), "");
    EXPECT_NE(violations(schema, R"({"a": 1, "x-1": 5})"), "");
    EXPECT_EQ(violations(schema, R"({"a": 1, "b": 2})"), "unknown field \"b\". Known: a.");
    const auto* const open = R"({"patternProperties": {"^x-": {"type": "string"}}})";
    EXPECT_EQ(violations(open, R"({"a": 1, "x-1": "s", "b": []})"), "");
    EXPECT_NE(violations(open, R"({"a": 1, "x-1": {"y": 2}})"), "");
}

TEST(Schema, unknown_keywords_are_refused_by_name_and_pointer) {
    EXPECT_EQ(refusal_by(R"({"properties": {"title": {"type": "string", "maxLenght": 3}}})"),
              "schema, at /properties/title: unknown keyword \"maxLenght\". Did you mean "
              "\"maxLength\"?");
    EXPECT_NE(refusal_by(R"({"const": 1})"), "");
    EXPECT_EQ(
        refusal_by(R"({"title": "t", "description": "d", "default": {"const": 1}, "format": "f",
                          "examples": [1], "writeOnly": true, "identity": true, "$schema": "s",
                          "definitions": {"const": {}}, "properties": {"const": {}}})"),
        "");
}

TEST(Schema, what_rapidjson_would_pass_over_is_refused) {
    for (const auto* schema :
         {R"({"type": "strng"})",
          R"({"type": []})",
          R"({"minLength": "3"})",
          R"({"minLength": -1})",
          R"({"required": "id"})",
          R"({"exclusiveMinimum": 5})",
          R"({"pattern": "("})",
          R"({"pattern": "\\d+"})",
          R"({"patternProperties": {"(": {}}})",
          R"({"properties": []})",
          R"({"properties": {"a": true}})",
          R"({"items": 5})",
          R"({"enum": []})",
          R"({"enum": [{"patternProperties": 5}]})",
          R"({"allOf": []})",
          R"({"multipleOf": 0})",
          R"({"additionalProperties": 5})",
          R"({"$ref": "#/definitions/none"})",
          R"({"$ref": "http://example.com/schema"})",
          R"({"$ref": "#/definitions/$a", "definitions": {"$a": {}}})",
          R"({"$ref": 5})",
          R"([])",
          "true",
          R"({"dependencies": {"patternProperties": ["x"]}})",
          R"({"patternProperties": {"a": {}}, "additionalProperties": {"type": "null"}})"}) {
        EXPECT_NE(refusal_by(schema), "") << schema;
    }
}

TEST(Schema, a_factor_that_no_double_holds_is_refused_before_it_refuses_right_values) {
    for (const auto* factor : {"0.01", "0.1", "1.1", "1e-3"}) {
        const auto schema = R"({"multipleOf": )" + std::string(factor) + "}";
        EXPECT_NE(refusal_by(schema.c_str()).find("expected a whole number, or halves of one"),
                  std::string::npos)
            << factor;
    }
    EXPECT_EQ(violations(R"({"multipleOf": 0.25})", "19.75"), "");
    EXPECT_EQ(violations(R"({"multipleOf": 0.25})", "19.99"),
              "found a number (19.99), expected a multiple of 0.25");
    EXPECT_EQ(violations(R"({"multipleOf": 100})", "1900"), "");
}

TEST(Schema, circles_for_one_value_are_refused_and_recursion_into_members_is_not) {
    EXPECT_NE(refusal_by(R"({"$ref": "#"})"), "");
    EXPECT_NE(refusal_by(R"({"allOf": [{"$ref": "#"}]})"), "");
    EXPECT_NE(refusal_by(R"({"definitions": {"a": {"$ref": "#/definitions/b"},
                                          "b": {"$ref": "#/definitions/a"}}})"),
              "");
    EXPECT_NE(refusal_by(R"({"dependencies": {"a": {"not": {"$ref": "#"}}}})"), "");
    const auto* const tree = R"({"type": "object", "additionalProperties": false,
                                 "properties": {"child": {"$ref": "#"}}})";
    EXPECT_EQ(violations(tree, R"({"child": {"child": {}}})"), "");
    EXPECT_EQ(violations(tree, R"({"child": {"child": {"x": 1}}})"),
              "child.child: unknown field \"x\". Known: child.");
}

TEST(Schema, fields_named_like_keywords_are_fields) {
    const auto* const schema = R"({"additionalProperties": false, "properties": {
        "properties": {"type": "string"}, "patternProperties": {"type": "string"},
        "required": {"type": "string"}, "not": {"type": "string"}, "items": {"type": "string"},
        "enum": {"type": "string"}, "pattern": {"type": "string"}, "type": {"type": "string"}}})";
    EXPECT_EQ(violations(schema, R"({"properties": "", "patternProperties": "", "required": "",
                                     "not": "", "items": "", "enum": "", "pattern": "", "type": ""})"),
              "");
    EXPECT_EQ(violations(schema, R"({"not": 1})"), "not: found a number (1), expected a string");
    EXPECT_EQ(violations(R"({"properties": {"patternProperties": {"$ref": "#/definitions/a~1b"}},
                            "definitions": {"a/b": {"type": "null"}, "$ref": {}}})",
                         R"({"patternProperties": 1})"),
              "patternProperties: found a number (1), expected null");
}

TEST(Schema, a_long_string_against_a_pattern_does_no_harm) {
    const Schema schema(json::parse(R"({"type": "string", "pattern": "^(a|b)*c$"})"));
    const std::string text = "\"" + std::string(60'000, 'a') + "\"";
    EXPECT_EQ(schema.check(text).size(), 1u);
}

TEST(Schema, threads_may_check_at_the_same_time) {
    const Schema schema(json::parse(R"({"type": "object", "required": ["sku"],
        "properties": {"sku": {"type": "string", "pattern": "^[A-Z]+-[0-9]+$"}}})"));
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 300; ++i) {
                if (!schema.check(R"({"sku": "ABCDEF-1234"})").empty()) ++wrong;
                if (schema.check(R"({"sku": "ABCDEF-12x4"})").size() != 1) ++wrong;
                if (schema.check("{}").size() != 1) ++wrong;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

// Each item is compared with each other one.
TEST(Schema, a_list_of_ten_thousand_items_is_compared_and_a_longer_one_refused) {
    const Schema schema(json::parse(R"({"properties": {"u": {"uniqueItems": true}}})"));
    const auto checked = [&](int items, const std::string& last = "0") {
        std::string list = R"([{"a": ",,[", "b": [1, 2]},)";
        for (int i = 2; i < items; ++i) list += std::to_string(i) + ",";
        return schema.check(R"({"u": )" + list + last + "]}");
    };
    EXPECT_TRUE(checked(10'000).empty());
    ASSERT_EQ(checked(10'000, "2").size(), 1U);
    EXPECT_EQ(checked(10'000, "2")[0].pointer, "/u/9999");
    ASSERT_EQ(checked(10'001).size(), 1U);
    EXPECT_NE(checked(10'001)[0].message.find("at most"), std::string::npos);
    const Schema other(json::parse(R"({"properties": {"u": {"uniqueItems": false}}})"));
    EXPECT_TRUE(other
                    .check("{\"u\": [" +
                           std::string(20'001, '0')
                               .replace(1, 20'000,
                                        [] {
                                            std::string all;
                                            for (int i = 0; i < 10'000; ++i) all += ",0";
                                            return all;
                                        }()) +
                           "]}")
                    .empty());
}

}  // namespace
}  // namespace gantry::host
