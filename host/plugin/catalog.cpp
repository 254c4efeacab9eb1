// Reading a manifest maps nothing: a broken file on the path harms nobody.
#include "plugin/catalog.hpp"

#include "base/nearest.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace gantry::host {
namespace {

std::vector<std::filesystem::path> libraries_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
        if (entry.path().extension() == ".so") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

Catalog::Catalog(const std::vector<std::filesystem::path>& folders, Log& log)
    : folders_(folders), log_(log) {
    for (const auto& folder : folders) {
        for (const auto& file : libraries_in(folder)) {
            try {
                const auto manifest = parse_manifest(read_manifest_text(file));
                const auto [it, first] = files_.emplace(manifest.id, file);
                if (!first) {
                    log.warn("two plugin files have one id; the first on the path is used",
                             {{"plugin", manifest.id},
                              {"used", it->second.string()},
                              {"passed_over", file.string()}});
                }
            } catch (const Error& e) {
                broken_.emplace(file, e.message());
                log.warn("a file on the plugin path is no usable plugin: " + e.message(),
                         {{"file", file.string()}});
            }
        }
    }
}

// Whoever may write it may do what the host may.
void Catalog::warn_of_writers(const std::filesystem::path& file) {
    for (const auto& path : {file, file.parent_path()}) {
        struct stat found {};
        if (::stat(path.c_str(), &found) != 0) continue;
        const bool by_others =
            (found.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (found.st_mode & S_ISVTX) == 0;
        const bool is_foreign = found.st_uid != 0 && found.st_uid != ::geteuid();
        if (!by_others && !is_foreign) continue;
        log_.warn("a plugin can be changed by others than this user: chmod go-w it and its folder",
                  {{"file", file.string()}, {"writable", path.string()}});
        return;
    }
}

const Library& Catalog::load(const std::string& plugin, const std::string& module,
                             LoadWatch& watch) {
    std::filesystem::path file = plugin;
    if (plugin.find('/') == std::string::npos) {
        const auto it = files_.find(plugin);
        if (it == files_.end()) {
            std::string where;
            for (const auto& folder : folders_) where += " " + folder.string();
            for (const auto& [broken, why] : broken_) {
                if (broken.stem() == plugin) {
                    throw Error(GANTRY_E_CONFIG, broken.string() + ": " + why);
                }
            }
            std::vector<std::string> known;
            for (const auto& [id, path] : files_) known.push_back(id);
            throw Error(GANTRY_E_CONFIG, "no plugin \"" + plugin + "\" on the plugin_path (" +
                                             (where.empty() ? " empty" : where) + " )." +
                                             did_you_mean_or_known(plugin, known));
        }
        file = it->second;
    }
    auto& library = loaded_[file];
    try {
        if (!library) {
            warn_of_writers(file);
            library = std::make_unique<Library>(file, module, &watch);
        }
    } catch (const Error& e) {
        throw Error(GANTRY_E_CONFIG, file.string() + ": " + e.message());
    }
    return *library;
}

}  // namespace gantry::host
