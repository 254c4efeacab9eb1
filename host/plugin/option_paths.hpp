// Paths among a module's options, which are meant from the folder of the configuration.
#pragma once

#include <gantry/error.hpp>

#include <filesystem>

namespace gantry::host {

/// `options` with each relative text made absolute whose property in `schema` has the format
/// "path".
json with_absolute_paths(const json& schema, json options, const std::filesystem::path& directory);

}  // namespace gantry::host
