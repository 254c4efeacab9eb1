// The path of a route: "/store/products/{id}/erp".
#pragma once

#include <string>

namespace gantry::host {

/// What is wrong with the path, as a message; empty when it is fine: "/" and non-empty segments,
/// each plain text or one {name}, names unique, the first segment none of the host's own.
std::string route_path_fault(const std::string& path);

/// The path without the names of its parameters; equal for two paths that answer the same requests.
std::string route_shape(const std::string& path);

}  // namespace gantry::host
