// The plugin files: which there are on the path, and those that are loaded.
#pragma once

#include "base/log.hpp"
#include "base/problems.hpp"
#include "plugin/library.hpp"

namespace gantry::host {

class Catalog {
public:
    /// Reads the manifest of every .so in these folders. Of two with one id the first wins; it and
    /// a file that is no plugin are warned about.
    Catalog(const std::vector<std::filesystem::path>& folders, Log& log);

    /// The plugin of that id, or the file of that path; loaded once. Throws Error CONFIG that says
    /// why it cannot be had. One that others may write is warned about. `module` is the one that
    /// it is loaded for.
    const Library& load(const std::string& plugin, const std::string& module, LoadWatch& watch);

private:
    void warn_of_writers(const std::filesystem::path& file);

    std::map<std::string, std::filesystem::path> files_;   // by id
    std::map<std::filesystem::path, std::string> broken_;  // why no manifest could be read
    std::vector<std::filesystem::path> folders_;
    Log& log_;
    std::map<std::filesystem::path, std::unique_ptr<Library>> loaded_;
};

}  // namespace gantry::host
