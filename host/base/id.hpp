// UUIDv7: unique names that sort by time of creation.
#pragma once

#include <string>

namespace gantry::host {

/// 36 lower-case characters. [any]
std::string make_id();

/// `bytes` random bytes from the kernel, in hex. For tokens. [any]
std::string random_hex(int bytes);

}  // namespace gantry::host
