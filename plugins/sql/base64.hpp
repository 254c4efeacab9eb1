// Base64 as of RFC 4648 by OpenSSL, without line ends: what credentials are sent in.
#pragma once

#include <openssl/evp.h>

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

}  // namespace plugin_sql
