#include "plugin/undo_inputs.hpp"

#include "base/json_text.hpp"

#include <gantry/json.hpp>

namespace gantry::host {
namespace {

std::string cut_down(const std::string& input, const json& schema) {
    const auto value = json::parse(input);
    const bool closed = schema.is_object() && schema.value("additionalProperties", json()) == false;
    if (!value.is_object() || !schema.is_object()) return input;
    const auto known = schema.value("properties", json::object());
    if (known.empty() && !closed) return input;
    std::string out = "{";
    for (const auto& [name, unused] : known.items()) {
        if (!value.contains(name)) continue;
        if (out.size() > 1) out += ',';
        out += json(name).dump();
        out += ':';
        out += slice(input, {name});
    }
    return out + "}";
}

bool leads_on(std::string_view text, const JsonPath& path) {
    try {
        slice(text, path);
        return true;
    } catch (const Error&) {
        return false;
    }
}

}  // namespace

std::string record_input(const std::optional<Template>& with, const std::string& input,
                         const json& schema) {
    if (!with) return cut_down(input, schema);
    return with->evaluate([&](const Reference&) { return std::string_view(input); });
}

std::string undo_input(const Template& with, const std::string& input,
                       const std::optional<std::string>& output,
                       const std::optional<std::string>& undo) {
    return with.evaluate([&](const Reference& reference) -> std::string_view {
        const auto& value = reference.root == "output" ? output : undo;
        const std::string_view text = reference.root == "input" ? std::string_view(input)
                                      : value                   ? std::string_view(*value)
                                                                : "null";
        return leads_on(text, reference.path) ? text : "null";
    });
}

}  // namespace gantry::host
