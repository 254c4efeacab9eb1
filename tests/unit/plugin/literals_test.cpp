// What a template is known to misfit before its expressions have values.
#include "plugin/literals.hpp"

#include <gantry/json.hpp>

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

std::string told(const json& schema, const json& with) {
    return joined(misfits_of_literals(schema, with));
}

TEST(Literals, an_expression_may_stand_for_anything_and_the_rest_is_checked) {
    const json schema = json::parse(R"({
        "type": "object", "required": ["id", "data"], "additionalProperties": false,
        "properties": {"id": {"type": "string", "pattern": "^p"},
                       "data": {"$ref": "#/definitions/data"},
                       "tags": {"type": "array", "items": {"type": "string"}},
                       "either": {"anyOf": [{"type": "string"}, {"type": "number"}]}},
        "definitions": {"data": {"type": "object", "required": ["title"],
                                 "properties": {"title": {"type": "string", "maxLength": 3}}}}})");
    EXPECT_EQ(told(schema, "${ .input }"), "");
    EXPECT_EQ(told(schema, {{"id", "${ .input.id }"}, {"data", "${ .input.data }"}}), "");
    EXPECT_EQ(told(schema, {{"id", "p1"},
                            {"data", {{"title", "${ .input.title }"}}},
                            {"tags", {"a", "${ .input.tag }"}},
                            {"either", "${ .input.x }"}}),
              "");
    EXPECT_EQ(told(schema, {{"id", "${ .input.id }"}}), "missing required field \"data\"");
    EXPECT_EQ(told(schema, {{"id", "x"}, {"data", "${ .input.data }"}}),
              "id: found \"x\", expected text that matches ^p");
    EXPECT_EQ(told(schema, {{"id", "${ .a }"}, {"data", {{"tilte", "${ .b }"}}}}),
              "data: missing required field \"title\"");
    EXPECT_EQ(told(schema, {{"id", "${ .a }"}, {"data", {{"title", "four"}}}}),
              "data.title: found 4 characters, at most 3");
    EXPECT_EQ(told(schema, {{"id", "p1"}, {"dat", 1}, {"data", "${ .b }"}}),
              "unknown field \"dat\". Did you mean \"data\"?");
    EXPECT_EQ(told(schema, {{"id", "p1"}, {"data", "${ .b }"}, {"either", json::array()}}),
              "either: found an array, expected what fits one of: a string, a number");
    EXPECT_EQ(told(json(), {{"anything", "goes"}}), "");
}

}  // namespace
}  // namespace gantry::host
