// Whether somebody listens at an address.
#pragma once

#include <string>

namespace gantry::host {

/// Tries each address of `host` for three seconds at the most; nothing is sent. Why not, for
/// people; empty: somebody does.
std::string why_not_reached(const std::string& host, int port);

}  // namespace gantry::host
