// UUIDv7 by RFC 9562: 48 bits of wall time, the rest random from the kernel.
#include "base/id.hpp"

#include "base/clock.hpp"

#include <sys/random.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace gantry::host {
namespace {

constexpr char kHex[] = "0123456789abcdef";

void fill_random(unsigned char* out, std::size_t size) {
    // Up to 256 bytes arrive whole (getrandom(2)).
    if (getrandom(out, size, 0) != static_cast<ssize_t>(size)) {
        throw std::runtime_error("the kernel gave no random bytes");
    }
}

}  // namespace

std::string make_id() {
    std::array<unsigned char, 16> b{};
    fill_random(b.data() + 6, 10);
    auto ms = static_cast<std::uint64_t>(wall_ms());
    for (int i = 5; i >= 0; --i, ms >>= 8) b[static_cast<std::size_t>(i)] = ms & 0xff;
    b[6] = 0x70 | (b[6] & 0x0f);
    b[8] = 0x80 | (b[8] & 0x3f);
    std::string id;
    id.reserve(36);
    for (std::size_t i = 0; i < b.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
        id += kHex[b[i] >> 4];
        id += kHex[b[i] & 15];
    }
    return id;
}

std::string random_hex(int bytes) {
    std::vector<unsigned char> b(static_cast<std::size_t>(bytes));
    fill_random(b.data(), b.size());
    std::string text;
    for (const auto c : b) {
        text += kHex[c >> 4];
        text += kHex[c & 15];
    }
    return text;
}

}  // namespace gantry::host
