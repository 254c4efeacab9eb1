// Which schemas are accepted, checked before RapidJSON sees them.
#pragma once

#include <gantry/error.hpp>

#include <string>

namespace gantry::host {

/// A copy without annotations but `writeOnly`. Throws Error CONFIG as the constructor of Schema
/// says; `knows_pattern` tells whether a regular expression compiles.
json checked_schema(const json& schema, bool (*knows_pattern)(const std::string&));

}  // namespace gantry::host
