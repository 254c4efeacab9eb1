// The interfaces of sdk/interfaces are built in.
#include "plugin/interface.hpp"

#include "base/nearest.hpp"

namespace gantry::host {
namespace {

constexpr const char* kBuiltIn[] = {
#include "plugin/interfaces.inc"
};

std::optional<json> built_in(const std::string& name) {
    for (const char* text : kBuiltIn) {
        auto source = json::parse(text);
        if (source.at("interface") == name) return source;
    }
    return std::nullopt;
}

// Those of `all` that `schema` names, and what they name: a validator is made of every one.
void add_definitions(const json& schema, const json& all, json& wanted) {
    if (schema.is_array()) {
        for (const auto& part : schema) add_definitions(part, all, wanted);
    }
    if (!schema.is_object()) return;
    constexpr std::string_view kBegin = "#/definitions/";
    for (const auto& [key, value] : schema.items()) {
        const bool refers = key == "$ref" && value.is_string() &&
                            value.get_ref<const std::string&>().starts_with(kBegin);
        if (!refers) {
            add_definitions(value, all, wanted);
            continue;
        }
        const auto name = value.get<std::string>().substr(kBegin.size());
        if (wanted.contains(name)) continue;
        wanted[name] = all.at(name);
        add_definitions(all.at(name), all, wanted);
    }
}

}  // namespace

Interface interface_of(const ServiceManifest& service) {
    Interface out{service.interface, {}};
    const auto source = built_in(service.interface);
    if (!source) {
        for (const auto& [name, writes] : service.methods) {
            out.methods[name].writes = writes.value_or(true);
        }
        return out;
    }
    std::vector<std::string> known;
    for (const auto& item : source->at("methods").items()) {
        const auto& name = item.key();
        const json& method = item.value();
        known.push_back(name);
        const bool listed = service.methods.contains(name);
        if (method.value("optional", false) && !listed) continue;
        if (!listed && !service.methods.empty()) {
            throw Error(GANTRY_E_CONFIG, "its service lacks \"" + name + "\", which " +
                                             service.interface + " demands");
        }
        auto& made = out.methods[name];
        made.writes = method.at("mode") == "write";
        const auto schema_of = [&](const char* side) {
            json schema = method.value(side, json(nullptr));
            json wanted = json::object();
            add_definitions(schema, source->value("definitions", json::object()), wanted);
            if (!wanted.empty()) schema["definitions"] = std::move(wanted);
            return schema;
        };
        made.input_schema = schema_of("input");
        if (!made.input_schema.is_null()) made.input.emplace(made.input_schema);
        made.output_schema = schema_of("output");
        made.errors = method.value("errors", std::vector<std::string>{});
    }
    for (const auto& [name, writes] : service.methods) {
        if (out.methods.contains(name)) continue;
        throw Error(GANTRY_E_CONFIG, "its service lists \"" + name + "\", which " +
                                         service.interface + " does not have." +
                                         did_you_mean(name, known));
    }
    return out;
}

}  // namespace gantry::host
