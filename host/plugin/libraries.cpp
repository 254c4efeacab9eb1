#include "plugin/libraries.hpp"

#include <cstdlib>
#include <deque>
#include <fstream>
#include <sstream>

namespace gantry::host {
namespace {

// The folders of ld.so.conf.d, and those that are always looked into.
std::vector<std::filesystem::path> system_folders() {
    std::vector<std::filesystem::path> folders;
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator("/etc/ld.so.conf.d", none)) {
        std::ifstream lines(file.path());
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with("/")) folders.emplace_back(line);
        }
    }
    for (const char* folder : {"/lib64", "/usr/lib64", "/lib", "/usr/lib"}) {
        folders.emplace_back(folder);
    }
    return folders;
}

std::filesystem::path in_run_paths(const std::filesystem::path& path, const ElfFile& file,
                                   const std::string& name) {
    std::error_code none;
    const auto origin = std::filesystem::absolute(path).parent_path().string();
    for (auto folder : file.run_paths) {
        for (const std::string_view variable : {"$ORIGIN", "${ORIGIN}"}) {
            if (folder.starts_with(variable)) folder.replace(0, variable.size(), origin);
        }
        const auto found = std::filesystem::path(folder) / name;
        if (std::filesystem::exists(found, none)) return found;
    }
    return {};
}

// What whoever started the program put before all others.
std::filesystem::path in_environment(const std::string& name) {
    const char* text = std::getenv("LD_LIBRARY_PATH");  // NOLINT: nobody sets it meanwhile
    std::istringstream folders(text != nullptr ? text : "");
    std::error_code none;
    for (std::string folder; std::getline(folders, folder, ':');) {
        const auto found = std::filesystem::path(folder) / name;
        if (!folder.empty() && std::filesystem::exists(found, none)) return found;
    }
    return {};
}

}  // namespace

std::filesystem::path find_library(const std::filesystem::path& path, const ElfFile& file,
                                   const std::string& name) {
    static const auto kSystem = system_folders();
    std::error_code none;
    if (auto found = in_environment(name); !found.empty()) return found;
    if (auto found = in_run_paths(path, file, name); !found.empty()) return found;
    for (const auto& folder : kSystem) {
        const auto found = folder / name;  // of another machine: those of a multilib compiler
        if (std::filesystem::exists(found, none) && machine_of(found) == own_machine())
            return found;
    }
    return {};
}

bool is_brought(const std::filesystem::path& path, const ElfFile& file, const std::string& name) {
    return !in_run_paths(path, file, name).empty();
}

void each_library(const std::filesystem::path& path, const ElfFile& file, const Follow& follow) {
    std::set<std::string> seen;
    std::deque<std::pair<std::filesystem::path, ElfFile>> left{{path, file}};
    while (!left.empty()) {
        const auto [from, elf] = std::move(left.front());
        left.pop_front();
        for (const auto& name : elf.needed) {
            if (!seen.insert(name).second) continue;
            const auto found = find_library(from, elf, name);
            if (found.empty()) continue;
            if (auto next = follow({from, elf, name, found})) {
                left.emplace_back(found, std::move(*next));
            }
        }
    }
}

std::set<std::string> symbols_of_libraries(const std::filesystem::path& path, const ElfFile& file) {
    std::set<std::string> symbols;
    each_library(path, file, [&](const NamedLibrary& one) -> std::optional<ElfFile> {
        auto library = read_elf(one.found);
        for (const auto& symbol : library.symbols) {
            if (symbol.defined) symbols.insert(symbol.name);
        }
        return library;
    });
    return symbols;
}

}  // namespace gantry::host
