// What the status of an answer says of a write.
#pragma once

#include <cstdint>

namespace gantry {

/// Whether a server that answers so has done nothing of what it was asked. 408 may be a proxy's
/// word.
constexpr bool http_refuses(std::uint32_t status) {
    return (status >= 400 && status < 500 && status != 408) || status == 503;
}

}  // namespace gantry
