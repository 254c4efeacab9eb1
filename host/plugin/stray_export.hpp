// What a plugin exports beyond its entry and its manifest, and may so share with another plugin.
#pragma once

#include "plugin/elf_file.hpp"

namespace gantry::host {

/// The first such symbol, one for the whole process before all others; null: there is none.
const ElfSymbol* stray_export(const ElfFile& file);

}  // namespace gantry::host
