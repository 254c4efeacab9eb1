// The part of the configuration that says who may reach the host.
#pragma once

#include "base/config.hpp"
#include "base/section.hpp"

namespace gantry::host {

/// Reads "http" of `top` into `out`.
void read_http(Reading& reading, Section& top, Config& out);

/// A route's "allow" of `section` into `route`.
void read_allow(Reading& reading, Section& section, RouteConfig& route);

/// What is open to more than it says: beyond this machine each route says who may call it, and
/// /admin asks for a token. Once all is read.
void check_doors(Reading& reading, const Config& config);

}  // namespace gantry::host
