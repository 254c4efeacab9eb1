// SHA-256 by OpenSSL, as text.
#include "sql/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace plugin_sql {

std::string sha256_hex(std::string_view data) {
    std::array<unsigned char, 32> digest{};
    if (EVP_Digest(data.data(), data.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL has no SHA-256");
    }
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(2 * digest.size());
    for (const unsigned char byte : digest) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

}  // namespace plugin_sql
