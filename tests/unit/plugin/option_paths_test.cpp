// What becomes of paths among the options of a module.
#include "plugin/option_paths.hpp"

#include <gantry/json.hpp>

#include <gtest/gtest.h>

namespace gantry::host {
namespace {

TEST(OptionPaths, are_absolute_where_the_schema_says_that_they_are_paths) {
    const json path = {{"type", "string"}, {"format", "path"}};
    const json schema = {
        {"properties",
         {{"mapping", path},
          {"absent", path},
          {"name", {{"type", "string"}}},
          {"files", {{"type", "object"}, {"properties", {{"a", path}, {"b", path}}}}}}}};
    const json options = {{"mapping", "maps/../erp.json"},
                          {"name", "erp.json"},
                          {"other", "erp.json"},
                          {"files", {{"a", "/srv/a.json"}, {"b", "b.json"}}}};
    EXPECT_EQ(with_absolute_paths(schema, options, "/etc/gantry"),
              (json{{"mapping", "/etc/gantry/erp.json"},
                    {"name", "erp.json"},
                    {"other", "erp.json"},
                    {"files", {{"a", "/srv/a.json"}, {"b", "/etc/gantry/b.json"}}}}));
    EXPECT_EQ(with_absolute_paths(json(), options, "/etc/gantry"), options);
}

TEST(OptionPaths, secrets_of_more_than_one_line_are_found_unless_they_are_keys) {
    const json secret = {{"type", "string"}, {"writeOnly", true}};
    const json schema = {
        {"properties",
         {{"a", secret}, {"b", secret}, {"key", secret}, {"text", {{"type", "string"}}}}}};
    const json options = {
        {"a", "one"}, {"b", "one\ntwo"}, {"key", "-----BEGIN\nx"}, {"text", "one\ntwo"}};
    EXPECT_EQ(secrets_of_many_lines(schema, options), std::vector<std::string>{"/b"});
}

}  // namespace
}  // namespace gantry::host
