// The linker itself is asked what it has under a name, without loading anything.
#include "plugin/taken_names.hpp"

#include "plugin/libraries.hpp"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace gantry::host {
namespace {

// Asked first before any plugin is mapped.
const std::set<std::string>& files_of_program() {
    static const auto kFiles = [] {
        std::set<std::string> files;
        ::dl_iterate_phdr(
            [](dl_phdr_info* info, std::size_t, void* into) {
                static_cast<std::set<std::string>*>(into)->insert(info->dlpi_name);
                return 0;
            },
            &files);
        return files;
    }();
    return kFiles;
}

std::filesystem::path loaded_as(const std::string& name) {
    void* handle = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD);
    if (handle == nullptr) return {};
    const link_map* map = nullptr;
    const bool known = ::dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0;  // NOLINT: its own macro
    std::filesystem::path file = known ? map->l_name : "";
    ::dlclose(handle);
    return file;
}

bool same(const std::filesystem::path& a, const std::filesystem::path& b) {
    std::error_code none;
    if (std::filesystem::equivalent(a, b, none)) return true;
    if (std::filesystem::file_size(a, none) != std::filesystem::file_size(b, none)) return false;
    std::ifstream one(a, std::ios::binary);
    std::ifstream other(b, std::ios::binary);
    using Bytes = std::istreambuf_iterator<char>;
    return one && other && std::equal(Bytes(one), Bytes(), Bytes(other), Bytes());
}

}  // namespace

std::vector<TakenName> taken_names(const std::filesystem::path& path, const ElfFile& file) {
    const auto& of_program = files_of_program();
    std::vector<TakenName> taken;
    each_library(path, file, [&](const NamedLibrary& one) -> std::optional<ElfFile> {
        if (one.name.find('/') != std::string::npos) return std::nullopt;
        const auto present = loaded_as(one.name);
        if (present.empty()) return read_elf(one.found);
        if (same(one.found, present)) return std::nullopt;
        const bool programs = of_program.contains(present.string());
        // The program may have found its own where only the linker's cache says.
        if (!programs || is_brought(one.from, one.file, one.name)) {
            taken.push_back({one.name, one.found, present, programs});
        }
        return std::nullopt;
    });
    return taken;
}

}  // namespace gantry::host
