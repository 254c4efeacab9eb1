// SHA-256 by OpenSSL, as text.
#pragma once

#include <string>
#include <string_view>

namespace erp_ledger {

/// 64 lower-case hex digits.
std::string sha256_hex(std::string_view data);

}  // namespace erp_ledger
