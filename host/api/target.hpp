// The target of a request, "/runs/1?x=y", taken apart and decoded.
#pragma once

#include "api/exchange.hpp"

namespace gantry::host {

struct Target {
    std::vector<std::string> path;  // the segments, "/" is one empty one
    Query query;
};

/// The authority and the rest of "http://shop.example:80/a?b"; of any other target, which comes
/// whole, it has none.
std::pair<std::optional<std::string>, std::string> split_target(std::string_view target);

/// Throws Error INVALID_DATA for a bad percent escape and for what is no UTF-8 when decoded.
Target parse_target(std::string_view target);

/// What stands between the slashes, as it is.
std::vector<std::string> split_path(std::string_view path);

/// Whether the path is /admin or below, in whatever way that is written.
bool is_admin(std::string_view target);

/// The target without its query, which may hold what no log should.
std::string_view path_of(std::string_view target);

/// The same for logs, cut after 200 bytes: strangers write it.
std::string told_path(std::string_view target);

}  // namespace gantry::host
