#include "check/libraries.hpp"

#include <deque>
#include <fstream>

namespace gantry::host::check {
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

}  // namespace

std::filesystem::path find_library(const std::filesystem::path& path, const ElfFile& file,
                                   const std::string& name) {
    static const auto kSystem = system_folders();
    std::error_code none;
    const auto origin = std::filesystem::absolute(path).parent_path().string();
    for (auto folder : file.run_paths) {
        constexpr std::string_view kOrigin = "$ORIGIN";
        if (folder.starts_with(kOrigin)) folder.replace(0, kOrigin.size(), origin);
        const auto found = std::filesystem::path(folder) / name;
        if (std::filesystem::exists(found, none)) return found;
    }
    for (const auto& folder : kSystem) {
        const auto found = folder / name;  // of another machine: those of a multilib compiler
        if (std::filesystem::exists(found, none) && machine_of(found) == own_machine())
            return found;
    }
    return {};
}

std::set<std::string> symbols_of_libraries(const std::filesystem::path& path, const ElfFile& file) {
    std::set<std::string> symbols;
    std::set<std::string> seen;
    std::deque<std::pair<std::filesystem::path, ElfFile>> left{{path, file}};
    while (!left.empty()) {
        const auto [from, elf] = std::move(left.front());
        left.pop_front();
        for (const auto& name : elf.needed) {
            if (!seen.insert(name).second) continue;
            const auto found = find_library(from, elf, name);
            if (found.empty()) continue;
            auto library = read_elf(found);
            for (const auto& symbol : library.symbols) {
                if (symbol.defined) symbols.insert(symbol.name);
            }
            left.emplace_back(found, std::move(library));
        }
    }
    return symbols;
}

}  // namespace gantry::host::check
