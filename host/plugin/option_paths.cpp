// Schema and options are walked together, property by property.
#include "plugin/option_paths.hpp"

#include "base/document.hpp"
#include "base/nearest.hpp"

#include <gantry/json.hpp>

namespace gantry::host {
namespace {

// Calls `visit(property, option)` for each option that the schema describes and that is no object
// with a description of its own.
template <typename Options, typename Visit>
void each_option(const json& schema, Options& options, const std::string& at, const Visit& visit) {
    const auto properties = schema.is_object() ? schema.value("properties", json()) : json();
    if (!properties.is_object() || !options.is_object()) return;
    for (const auto& [name, property] : properties.items()) {
        const auto option = options.find(name);
        if (option == options.end() || !property.is_object()) continue;
        if (option->is_string()) visit(property, *option, child(at, name));
        each_option(property, *option, child(at, name), visit);
    }
}

std::string format_of(const json& property) {
    const auto format = property.value("format", json());
    return format.is_string() ? format.get<std::string>() : "";
}

// Empty when the file is there.
std::string missing(const std::filesystem::path& file) {
    std::error_code none;
    const auto status = std::filesystem::status(file, none);
    if (std::filesystem::is_regular_file(status)) return "";
    const std::string shown = "\"" + file.string() + "\"";
    if (std::filesystem::exists(status)) return "found " + shown + ", which is no plain file";
    std::vector<std::string> there;
    std::filesystem::directory_iterator folder(file.parent_path(), none);
    if (none) return "found no file " + shown + ": its folder does not exist";
    for (const auto& entry : folder) there.push_back(entry.path().filename().string());
    return "found no file " + shown + "." + did_you_mean(file.filename().string(), there);
}

}  // namespace

bool take_name_of_system(const json& schema) {
    if (!schema.is_object() || !schema.contains("properties")) return false;
    const auto& properties = schema.at("properties");
    return properties.contains("system") && properties.at("system").value("identity", false);
}

json with_absolute_paths(const json& schema, json options, const std::filesystem::path& directory) {
    each_option(schema, options, "", [&](const json& property, json& option, const std::string&) {
        const auto format = format_of(property);
        if (format != "path" && format != "file") return;
        option = (directory / option.get<std::string>()).lexically_normal().string();
    });
    return options;
}

std::map<std::string, std::string> missing_files(const json& schema, const json& options) {
    std::map<std::string, std::string> out;
    each_option(schema, options, "",
                [&](const json& property, const json& option, const std::string& at) {
                    if (format_of(property) != "file") return;
                    const auto why = missing(option.get<std::string>());
                    if (!why.empty()) out.emplace(at, why);
                });
    return out;
}

std::vector<std::string> secrets_of_many_lines(const json& schema, const json& options) {
    std::vector<std::string> out;
    each_option(schema, options, "",
                [&](const json& property, const json& option, const std::string& at) {
                    const auto& text = option.get_ref<const std::string&>();
                    if (property.value("writeOnly", json()) != true || text.starts_with("-----"))
                        return;
                    if (text.find('\n') != std::string::npos) out.push_back(at);
                });
    return out;
}

}  // namespace gantry::host
