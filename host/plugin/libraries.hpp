// The libraries that a file names, found as the dynamic linker would and read without mapping them.
#pragma once

#include "plugin/elf_file.hpp"

#include <set>

namespace gantry::host {

/// Where `name` is for the file at `path`; empty: nowhere.
std::filesystem::path find_library(const std::filesystem::path& path, const ElfFile& file,
                                   const std::string& name);

/// Whether the run paths of that file lead to one of that name.
bool is_brought(const std::filesystem::path& path, const ElfFile& file, const std::string& name);

/// The names that all libraries it needs define, and those they need in turn.
std::set<std::string> symbols_of_libraries(const std::filesystem::path& path, const ElfFile& file);

}  // namespace gantry::host
