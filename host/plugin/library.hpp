// A plugin's file, loaded: its manifest and its table, checked against each other.
#pragma once

#include "plugin/load_watch.hpp"
#include "plugin/manifest.hpp"

#include <boost/dll/shared_library.hpp>

namespace gantry::host {

/// Stays mapped until the process ends. Immutable; [any].
class Library {
public:
    /// Reads the manifest, maps the file, fetches the table. Throws Error CONFIG that says what the
    /// plugin needs, what this host has, and what to do. `watch`: what is told of a load that does
    /// not return, by the module that it is for; null: somebody else looks after that.
    explicit Library(const std::filesystem::path& file, const std::string& module = "",
                     LoadWatch* watch = nullptr);

    const std::filesystem::path& file() const { return file_; }
    const Manifest& manifest() const { return manifest_; }
    const gantry_plugin& table() const { return *table_; }
    /// What may go wrong with it, and what to do.
    const std::vector<std::string>& warnings() const { return warnings_; }

    /// Null when the manifest has no step of that name.
    const gantry_step* step(const std::string& name) const;
    const StepManifest* step_manifest(const std::string& name) const;

private:
    void check_abi() const;
    void check_file();
    void map(const std::string& module, LoadWatch* watch);
    void check_table(const std::string& manifest_text) const;

    std::filesystem::path file_;
    Manifest manifest_;
    std::vector<std::string> warnings_;
    boost::dll::shared_library library_;
    const gantry_plugin* table_ = nullptr;
};

}  // namespace gantry::host
