// A schema says what shape it has; what a schema cannot say is looked at after it.
#include "api/backup_contents.hpp"

#include "api/iso_time.hpp"
#include "base/describe.hpp"
#include "base/json_text.hpp"
#include "base/schema.hpp"
#include "store/plain_file.hpp"

#include <set>

namespace gantry::host {
namespace {

constexpr std::size_t kMostContents = std::size_t{1} << 20;

// Of kBackupFormat.
constexpr const char* kShape = R"({
    "type": "object", "required": ["format", "gantry", "at", "store", "modules", "missing"],
    "properties": {
        "format": {"enum": [1]}, "gantry": {"type": "string"}, "at": {"type": "string"},
        "store": {
            "type": "object", "required": ["file", "sha256"],
            "properties": {"file": {"type": "string"}, "sha256": {"type": "string"}}},
        "modules": {"type": "array", "items": {
            "type": "object", "required": ["module", "plugin", "files"],
            "properties": {
                "module": {"type": "string"}, "plugin": {"type": "string"},
                "files": {"type": "array", "items": {
                    "type": "object", "required": ["file", "sha256", "option"],
                    "properties": {"file": {"type": "string"}, "sha256": {"type": "string"},
                                   "option": {"type": "string"}}}}}}},
        "missing": {"type": "array", "items": {
            "type": "object", "required": ["module", "why"],
            "properties": {"module": {"type": "string"}, "why": {"type": "string"}}}}}})";

Error spoilt(const std::string& message) {
    return {GANTRY_E_INVALID_DATA, message, GANTRY_EF_NOT_APPLIED};
}

void refuse_twice(std::set<std::string>& known, const std::string& name, const std::string& what) {
    if (!known.insert(name).second) throw spoilt(what + in_quotes(name) + " is listed twice");
}

void check_name(const json& entry, std::set<std::string>& known) {
    const std::string text = entry.at("file");
    const std::filesystem::path name = text;
    bool plain = !text.empty();
    for (const auto& part : name) plain = plain && is_plain_name(part.string());
    if (!plain) throw spoilt(in_quotes(text) + " is no file of a backup");
    refuse_twice(known, name.lexically_normal().string(), "the file ");
}

void check_names(const json& contents) {
    std::set<std::string> files;
    std::set<std::string> modules;
    check_name(contents.at("store"), files);
    for (const auto& module : contents.at("modules")) {
        refuse_twice(modules, module.at("module"), "module ");
        std::set<std::string> options;
        for (const auto& file : module.at("files")) {
            check_name(file, files);
            refuse_twice(options, file.at("option"),
                         "module " + in_quotes(module.at("module").get<std::string>()) + ": ");
        }
    }
    for (const auto& module : contents.at("missing")) {
        refuse_twice(modules, module.at("module"), "module ");
    }
}

void check_contents(const json& contents) {
    if (!contents.is_object()) throw spoilt("found " + kind_of(contents) + ", expected an object");
    const auto format = contents.value("format", json());
    if (format.is_number_integer() && format > kBackupFormat) {
        const auto version = contents.value("gantry", json());
        throw spoilt("it was written by a newer Gantry, " +
                     (version.is_string() ? version.get<std::string>() : "?") +
                     ": restore it with that one");
    }
    if (const auto found = Schema(json::parse(kShape)).check(contents.dump()); !found.empty()) {
        throw spoilt(joined(found));
    }
    const std::string at = contents.at("at");
    if (!parse_iso_time(at)) throw spoilt("at: found " + in_quotes(at) + ", expected a time");
    check_names(contents);
}

}  // namespace

bool is_plain_name(const std::string& name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
           name.find('\0') == std::string::npos;
}

json read_backup(const std::filesystem::path& directory) {
    const auto file = directory / kBackupFile;
    std::string text;
    try {
        text = PlainFile(file).text(kMostContents);
    } catch (const Error& e) {
        throw spoilt(e.message() + ": " + directory.string() +
                     " is no backup of \"gantry backup\"");
    }
    try {
        auto contents = parse(text);
        check_contents(contents);
        return contents;
    } catch (const Error& e) {
        throw spoilt(file.string() + ": " + e.message() +
                     "; take the folder as \"gantry backup\" made it");
    }
}

}  // namespace gantry::host
