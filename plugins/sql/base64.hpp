// Base64 as of RFC 4648 by OpenSSL, without line ends.
#pragma once

#include <openssl/evp.h>

#include <optional>
#include <string>
#include <string_view>

namespace plugin_sql {

inline std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                      reinterpret_cast<const unsigned char*>(bytes.data()),
                                      static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

/// The bytes; nothing when `text` is no base64. Blanks and line ends around it are passed over.
inline std::optional<std::string> from_base64(std::string_view text) {
    std::string out(text.size() / 4 * 3 + 3, '\0');
    auto size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                reinterpret_cast<const unsigned char*>(text.data()),
                                static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    for (int padding = 0; padding < 2 && size > 0 && text.ends_with('='); ++padding) {
        text.remove_suffix(1);
        --size;
    }
    out.resize(static_cast<std::size_t>(size));
    return out;
}

}  // namespace plugin_sql
