#include "check/sample.hpp"

namespace gantry::host::check {

json Sample::of(const json& schema) {
    if (!schema.is_object()) return nullptr;
    if (schema.contains("enum")) {
        const auto& values = schema.at("enum");
        return values.at(below(values.size()));
    }
    if (schema.contains("anyOf")) {
        const auto& ways = schema.at("anyOf");
        return of(ways.at(below(ways.size())));
    }
    const auto type = schema.value("type", json("object"));
    return of_type(schema, type.is_array() ? type.at(below(type.size())).get<std::string>()
                                           : type.get<std::string>());
}

json Sample::of_type(const json& schema, const std::string& type) {
    if (type == "string") {
        const auto least = schema.value("minLength", std::size_t{0});
        return std::string(least + below(8), static_cast<char>('a' + below(26)));
    }
    if (type == "integer" || type == "number") {
        const auto least = schema.value("minimum", 0.0);
        const auto most = schema.value("maximum", least + 1000);
        const auto value =
            static_cast<std::int64_t>(least) +
            static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least) + 1));
        return value;
    }
    if (type == "boolean") return below(2) == 0;
    if (type == "null") return nullptr;
    if (type == "array") {
        json out = json::array();
        const auto least = schema.value("minItems", std::size_t{0});
        for (std::size_t i = least + below(3); i > 0; --i) {
            out.push_back(of(schema.value("items", json::object())));
        }
        return out;
    }
    json out = json::object();
    const auto required = schema.value("required", std::vector<std::string>{});
    const auto properties = schema.value("properties", json::object());
    for (const auto& [name, property] : properties.items()) {
        const bool must = std::find(required.begin(), required.end(), name) != required.end();
        if (must || below(2) == 0) out[name] = of(property);
    }
    return out;
}

std::vector<Sample::Bad> Sample::misfits(const json& schema, const json& good) {
    std::vector<Bad> all;
    if (!schema.is_object() || !good.is_object()) return all;
    for (const auto& name : schema.value("required", std::vector<std::string>{})) {
        json value = good;
        value.erase(name);
        all.push_back({name, "missing", std::move(value)});
    }
    const auto properties = schema.value("properties", json::object());
    for (const auto& [name, property] : properties.items()) {
        const auto type = property.value("type", json(nullptr));
        if (!type.is_string()) continue;
        json value = good;
        const bool text = type == "string";
        value[name] = text ? json(17) : json("of another type");
        all.push_back({name,
                       text ? "a number where a text is wanted"
                            : "a text where type " + type.get<std::string>() + " is wanted",
                       std::move(value)});
    }
    return all;
}

std::optional<json> Sample::stretched(json input, std::size_t bytes) {
    const json flat = input.flatten();
    for (const auto& [at, value] : flat.items()) {
        if (!value.is_string() || at.ends_with("/id")) continue;
        auto& text = input[json::json_pointer(at)];
        text = "";
        text = std::string(bytes - input.dump().size(), 'x');
        return input;
    }
    return std::nullopt;
}

}  // namespace gantry::host::check
