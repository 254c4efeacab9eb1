// SHA-256, the name of a definition.
#pragma once

#include <string>
#include <string_view>

namespace gantry::host {

/// 64 lower-case hex digits. [any]
std::string sha256(std::string_view text);

/// Of a file's content; empty where it cannot be read.
std::string sha256_of_file(const std::string& file);

}  // namespace gantry::host
