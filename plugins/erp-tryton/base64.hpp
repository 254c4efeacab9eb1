// Base64 as of RFC 4648, without line ends: what Tryton's session header is written in.
#pragma once

#include <string>
#include <string_view>

namespace erp_tryton {

inline std::string base64(std::string_view bytes) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        unsigned three = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            const char c = at + i < bytes.size() ? bytes[at + i] : '\0';
            three = three << 8U | static_cast<unsigned char>(c);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            out += at + i > bytes.size() ? '=' : kDigits[three >> (18U - 6U * i) & 63U];
        }
    }
    return out;
}

}  // namespace erp_tryton
