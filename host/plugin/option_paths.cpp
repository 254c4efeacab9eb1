// Schema and options are walked together, property by property.
#include "plugin/option_paths.hpp"

#include <gantry/json.hpp>

namespace gantry::host {

json with_absolute_paths(const json& schema, json options, const std::filesystem::path& directory) {
    const auto properties = schema.is_object() ? schema.value("properties", json()) : json();
    if (!properties.is_object() || !options.is_object()) return options;
    for (const auto& [name, property] : properties.items()) {
        const auto option = options.find(name);
        if (option == options.end() || !property.is_object()) continue;
        if (option->is_string() && property.value("format", json()) == "path") {
            *option = (directory / option->get<std::string>()).lexically_normal().string();
        } else {
            *option = with_absolute_paths(property, std::move(*option), directory);
        }
    }
    return options;
}

}  // namespace gantry::host
