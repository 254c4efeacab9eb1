// The part of the configuration that says what a module may ask over HTTP.
#pragma once

#include "base/config.hpp"
#include "base/section.hpp"

namespace gantry::host {

/// Reads "http" of a module, which stands at `pointer`. Relative paths belong to `directory`.
ModuleHttpConfig read_module_http(Reading& reading, const json& value, const std::string& pointer,
                                  const std::filesystem::path& directory);

}  // namespace gantry::host
