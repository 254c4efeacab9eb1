#include "check/manifest_misfits.hpp"

#include "base/document.hpp"
#include "base/schema.hpp"
#include "plugin/interface.hpp"

namespace gantry::host::check {
namespace {

using Lines = std::vector<std::string>;

const char* in_words(bool writes) { return writes ? "\"write\"" : "\"read\""; }

void find_in_methods(const ServiceManifest& service, Lines& found) {
    const auto interface = interface_of(service);
    for (const auto& [name, writes] : service.methods) {
        const bool wanted = interface.methods.at(name).writes;
        if (!writes || *writes == wanted) continue;
        found.push_back("service.methods." + name + ": found " + in_words(*writes) + ", expected " +
                        in_words(wanted) + ", as " + service.interface + " has it");
    }
}

void find_in_option(const std::string& at, const json& option, Lines& found) {
    if (option.contains("format") && option.value("type", json("string")) != "string") {
        found.push_back(at + ".format: found one at the type " + option.at("type").dump() +
                        ", expected a \"string\"");
    }
}

void find_in_options(const json& options, Lines& found) {
    const json properties = options.value("properties", json::object());
    if (!properties.empty() && !options.contains("additionalProperties")) {
        found.push_back(
            "options: found no \"additionalProperties\", expected false: a misspelt option is "
            "told by nobody otherwise");
    }
    json defaults = json::object();
    for (const auto& [name, option] : properties.items()) {
        if (!option.is_object()) continue;
        find_in_option("options." + name, option, found);
        if (option.contains("default")) defaults[name] = option.at("default");
    }
    // Each by itself: which of them go together is for whoever configures them.
    json alone = {{"properties", properties}};
    if (options.contains("definitions")) alone["definitions"] = options.at("definitions");
    const auto misfits = Schema(alone).check(defaults.dump());
    if (!misfits.empty()) found.push_back("a default does not fit: " + joined(misfits));
}

}  // namespace

std::vector<std::string> manifest_misfits(const std::string& text, const Manifest& manifest) {
    Lines found;
    Problems problems;
    Document::parse("plugin.json", text, problems);
    if (!problems.empty()) found.push_back(problems.text());
    if (manifest.service) find_in_methods(*manifest.service, found);
    find_in_options(manifest.options, found);
    return found;
}

}  // namespace gantry::host::check
