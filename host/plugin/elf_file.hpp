// What stands in a shared library's file, read without mapping it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gantry::host {

struct ElfSymbol {
    std::string name;
    std::string version;  // "GLIBC_2.34"; empty: none
    bool defined = false;
    bool unique = false;  // STB_GNU_UNIQUE: one for the whole process
    bool weak = false;
};

struct ElfFile {
    bool is_elf64 = false;
    bool is_shared = false;  // ET_DYN
    int machine = 0;
    bool text_relocations = false;
    bool executable_stack = false;
    std::vector<std::string> manifests;  // the sections' bytes up to the first NUL
    std::vector<ElfSymbol> symbols;      // the dynamic ones
    std::vector<std::string> needed;
    std::vector<std::string> run_paths;  // RPATH and RUNPATH, parted at ":"
};

/// Throws Error CONFIG for a file that cannot be read; what is no ELF file has is_elf64 false.
ElfFile read_elf(const std::filesystem::path& file);

/// The ELF machine number of a file; 0 where it is no 64-bit ELF file.
int machine_of(const std::filesystem::path& file);
/// That of this program.
int own_machine();

}  // namespace gantry::host
