// The dynamic linker knows a library by its name alone: who needs that name gets the file that came
// first, whatever stands beside him.
#pragma once

#include "plugin/elf_file.hpp"

namespace gantry::host {

/// A library that a plugin brings or finds, under a name for which the process has another file.
struct TakenName {
    std::string name;
    std::filesystem::path wanted;
    std::filesystem::path present;
    bool of_program = false;  // the program has it, and no plugin brought it
};

/// Those of the file at `path`, and of the libraries that it would bring; asked before it is
/// mapped. A copy of the same bytes is no other file.
std::vector<TakenName> taken_names(const std::filesystem::path& path, const ElfFile& file);

}  // namespace gantry::host
