#include "plugin/stray_export.hpp"

namespace gantry::host {

const ElfSymbol* stray_export(const ElfFile& file) {
    const ElfSymbol* first = nullptr;
    for (const auto& symbol : file.symbols) {
        if (!symbol.defined) continue;
        if (symbol.unique) return &symbol;
        const bool is_wanted =
            symbol.name == "gantry_plugin_entry_v1" || symbol.name == "gantry_manifest_v1";
        if (first == nullptr && !is_wanted) first = &symbol;
    }
    return first;
}

}  // namespace gantry::host
