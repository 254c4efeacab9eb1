// The schema is made to ask for nothing where an expression stands; the rest is checked as any
// input.
#include "plugin/literals.hpp"

#include <gantry/json.hpp>

#include <algorithm>

namespace gantry::host {
namespace {

bool has_expression(const json& value) {
    if (value.is_string()) return value.get_ref<const std::string&>().starts_with("${");
    return value.is_structured() && std::any_of(value.begin(), value.end(), &has_expression);
}

json relaxed(const json& schema, const json& with, const json& definitions) {
    if (!schema.is_object() || !has_expression(with)) return schema;
    if (with.is_string()) return json::object();
    if (schema.contains("$ref")) {
        constexpr std::string_view kBegin = "#/definitions/";
        const auto ref = schema.at("$ref").get<std::string>();
        const auto name = ref.starts_with(kBegin) ? ref.substr(kBegin.size()) : "";
        return definitions.contains(name) ? relaxed(definitions.at(name), with, definitions)
                                          : json::object();
    }
    json out = schema;
    if (out.contains("patternProperties")) out.erase("additionalProperties");
    for (const char* word : {"allOf", "anyOf", "oneOf", "not", "enum", "dependencies",
                             "patternProperties", "uniqueItems", "items", "additionalItems"}) {
        out.erase(word);  // each looks at more than one place at once
    }
    if (!with.is_object()) return out;
    const auto known = schema.value("properties", json::object());
    for (const auto& [name, value] : with.items()) {
        if (known.contains(name)) {
            out["properties"][name] = relaxed(known.at(name), value, definitions);
        } else if (out.value("additionalProperties", json()).is_object() && has_expression(value)) {
            out.erase("additionalProperties");
        }
    }
    return out;
}

}  // namespace

std::vector<Violation> misfits_of_literals(const json& schema, const json& with) {
    if (!schema.is_object()) return {};
    const auto definitions = schema.value("definitions", json::object());
    auto asked = relaxed(schema, with, definitions);
    if (!definitions.empty()) asked["definitions"] = definitions;
    return Schema(asked).check(with.dump());
}

}  // namespace gantry::host
