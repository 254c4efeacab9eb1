// What can be told of a module's options before its plugin is asked: paths, which are meant from
// the folder of the configuration, the files that they name, and secrets.
#pragma once

#include <gantry/error.hpp>

#include <filesystem>
#include <map>
#include <vector>

namespace gantry::host {

/// Whether these options have a name for the module's system: what a connector calls its system by
/// that does not say who it is. Without the name it takes the url.
bool take_name_of_system(const json& schema);

/// `options` with each relative text made absolute whose property in `schema` has the format "path"
/// or "file".
json with_absolute_paths(const json& schema, json options, const std::filesystem::path& directory);

/// Options of the format "file", absolute, that name no plain file: pointer → what was found, with
/// the nearest name beside it.
std::map<std::string, std::string> missing_files(const json& schema, const json& options);

/// Pointers of `writeOnly` texts with a line break in them that are no key in PEM: mostly a file of
/// more than the one secret.
std::vector<std::string> secrets_of_many_lines(const json& schema, const json& options);

}  // namespace gantry::host
