// Base64, as of RFC 4648, of what others send.
#pragma once

#include <string>
#include <string_view>

namespace gantry::host {

/// Up to the first character that is none of the alphabet, such as the padding.
std::string from_base64(std::string_view text);

}  // namespace gantry::host
