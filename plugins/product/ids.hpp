// Ids "<prefix>_<ULID>".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace catalogue {

/// Every id is greater than those made before, also within one millisecond and when the clock is
/// set back. One thread at a time.
class Ids {
public:
    std::string make(std::string_view prefix);

private:
    std::int64_t last_ms_ = 0;
    std::array<std::uint8_t, 16> tail_{};  // random digits of base 32, counted up within one ms
};

}  // namespace catalogue
