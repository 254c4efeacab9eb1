// SHA-256 by OpenSSL's EVP interface.
#include "base/hash.hpp"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace gantry::host {
namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string hex_of(const Digest& digest, unsigned int size) {
    constexpr char kHex[] = "0123456789abcdef";
    std::string hex;
    hex.reserve(std::size_t{2} * size);
    for (unsigned int i = 0; i < size; ++i) {
        hex += kHex[digest[i] >> 4];
        hex += kHex[digest[i] & 15];
    }
    return hex;
}

}  // namespace

std::string sha256(std::string_view text) {
    Digest digest{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("SHA-256 is not available");
    }
    return hex_of(digest, size);
}

std::string sha256_of_file(const std::string& file) {
    constexpr std::size_t kPiece = std::size_t{1} << 20;
    std::ifstream in(file, std::ios::binary);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          &EVP_MD_CTX_free);
    bool good = in && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
    std::string piece(kPiece, '\0');
    while (good && in) {
        in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
        good = !in.bad() && EVP_DigestUpdate(context.get(), piece.data(),
                                             static_cast<std::size_t>(in.gcount())) == 1;
    }
    Digest digest{};
    unsigned int size = 0;
    good = good && EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1;
    return good ? hex_of(digest, size) : "";
}

}  // namespace gantry::host
