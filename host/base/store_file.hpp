// The file that the configuration's store is in.
#pragma once

#include "base/config.hpp"

namespace gantry::host {

/// Absolute; empty for a store that keeps nothing.
inline std::string store_file(const Config& config) {
    constexpr std::string_view kSqlite = "sqlite:";
    return config.store.starts_with(kSqlite) ? config.store.substr(kSqlite.size()) : "";
}

}  // namespace gantry::host
