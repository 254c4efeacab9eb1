// SHA-256 by OpenSSL, as text.
#pragma once

#include <string>
#include <string_view>

namespace plugin_sql {

/// 64 lower-case hex digits.
std::string sha256_hex(std::string_view data);

}  // namespace plugin_sql
