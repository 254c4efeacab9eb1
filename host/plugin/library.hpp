// A plugin's file, loaded: its manifest and its table, checked against each other.
#pragma once

#include "plugin/manifest.hpp"

#include <boost/dll/shared_library.hpp>

namespace gantry::host {

/// Stays mapped until the process ends. Immutable; [any].
class Library {
public:
    /// Reads the manifest, maps the file, fetches the table. Throws Error CONFIG that says what the
    /// plugin needs, what this host has, and what to do.
    explicit Library(const std::filesystem::path& file);

    const std::filesystem::path& file() const { return file_; }
    const Manifest& manifest() const { return manifest_; }
    const gantry_plugin& table() const { return *table_; }

    /// Null when the manifest has no step of that name.
    const gantry_step* step(const std::string& name) const;
    const StepManifest* step_manifest(const std::string& name) const;

private:
    void check_abi() const;
    void check_table(const std::string& manifest_text) const;

    std::filesystem::path file_;
    Manifest manifest_;
    boost::dll::shared_library library_;
    const gantry_plugin* table_ = nullptr;
};

}  // namespace gantry::host
