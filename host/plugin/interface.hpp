// Interfaces: the methods of a service, which of them write, and what they take.
#pragma once

#include "base/schema.hpp"
#include "plugin/manifest.hpp"

namespace gantry::host {

struct InterfaceMethod {
    bool writes = true;
    json input_schema;  // null: anything goes
    std::optional<Schema> input;
    json output_schema;               // likewise; `gantry check` holds answers against it
    std::vector<std::string> errors;  // the names of what it may end with, besides what any may
};

struct Interface {
    std::string name;
    std::map<std::string, InterfaceMethod> methods;
};

/// What a module of this manifest answers to: the interface's methods as far as the manifest lists
/// them, or, for an interface this host does not know, those the manifest describes. Throws Error
/// CONFIG when the manifest lists a method that a known interface does not have, or lacks one that
/// it demands.
Interface interface_of(const ServiceManifest& service);

}  // namespace gantry::host
