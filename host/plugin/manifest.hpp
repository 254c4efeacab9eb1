// What a plugin says of itself, read from its file before any of its code is mapped.
#pragma once

#include <gantry/json.hpp>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace gantry::host {

struct StepManifest {
    std::string name;
    bool compensable = false;
    bool at_most_once = false;  // "repeat": "never"
    bool async = false;
    bool records_undo = false;
    bool writes = true;  // "effect": "none" says that it does not
    json input;          // JSON Schema, or null
    json output;         // likewise
};

struct Requirement {
    std::string name;
    std::string interface;
    std::vector<std::string> methods;  // those it needs; empty: the interface's own
    bool optional = false;             // its module starts also where nobody serves the name
};

struct ServiceManifest {
    std::string interface;
    /// Name → whether it writes; nothing: the interface says. A list in plugin.json names methods
    /// of an interface the host knows, an object those of one it does not.
    std::map<std::string, std::optional<bool>> methods;
};

struct Manifest {
    std::string id;
    std::string version;
    std::string vendor;
    int abi_major = 0;
    int min_host_minor = 0;
    std::optional<ServiceManifest> service;
    std::vector<Requirement> requirements;
    json options = json::object();  // JSON Schema
    std::vector<StepManifest> steps;
    std::size_t max_concurrency = 1;
    std::optional<std::chrono::milliseconds> heartbeat;  // a step call beats at least this often

    /// Null: it requires no such name.
    const Requirement* requirement(const std::string& name) const;
};

/// The text of the section `.gantry.manifest`. Throws Error CONFIG: not there, not an ELF library,
/// made for another machine, no such section.
std::string read_manifest_text(const std::filesystem::path& file);

/// Throws Error CONFIG with every mistake in one message.
Manifest parse_manifest(const std::string& text);

}  // namespace gantry::host
