// The libraries that a file names, found as the dynamic linker would and read without mapping them.
#pragma once

#include "plugin/elf_file.hpp"

#include <functional>
#include <optional>
#include <set>

namespace gantry::host {

/// Where `name` is for the file at `path`; empty: nowhere.
std::filesystem::path find_library(const std::filesystem::path& path, const ElfFile& file,
                                   const std::string& name);

/// Whether the run paths of that file lead to one of that name.
bool is_brought(const std::filesystem::path& path, const ElfFile& file, const std::string& name);

/// A library that the file at `from` needs, and where it is.
struct NamedLibrary {
    const std::filesystem::path& from;
    const ElfFile& file;  // the one at `from`
    const std::string& name;
    const std::filesystem::path& found;
};
/// What stands in it, where those that it needs in turn are wanted as well.
using Follow = std::function<std::optional<ElfFile>(const NamedLibrary& library)>;

/// Each name once, the nearest first; one that is nowhere is left out.
void each_library(const std::filesystem::path& path, const ElfFile& file, const Follow& follow);

/// The names that all libraries it needs define, and those they need in turn.
std::set<std::string> symbols_of_libraries(const std::filesystem::path& path, const ElfFile& file);

}  // namespace gantry::host
