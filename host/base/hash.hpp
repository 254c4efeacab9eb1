// SHA-256, the name of a definition.
#pragma once

#include <string>
#include <string_view>

namespace gantry::host {

/// 64 lower-case hex digits. [any]
std::string sha256(std::string_view text);

}  // namespace gantry::host
