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
    for (const auto& [name, method] : source->at("methods").items()) {
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
            if (schema.is_object() && source->contains("definitions")) {
                schema["definitions"] = source->at("definitions");
            }
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
