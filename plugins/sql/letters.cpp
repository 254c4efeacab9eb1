// Letters of any script, as the C library's own UTF-8 locale tells them, whatever locale the
// process has.
#include "sql/letters.hpp"

#include <cwctype>

#include <stdexcept>

namespace plugin_sql {

std::u32string decoded(std::string_view text) {
    std::u32string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            out += byte;
        } else if (byte < 0xC0) {
            if (!out.empty()) out.back() = (out.back() << 6) | (byte & 0x3FU);
        } else {
            out += byte < 0xE0 ? byte & 0x1FU : byte < 0xF0 ? byte & 0x0FU : byte & 0x07U;
        }
    }
    return out;
}

void append(std::string& out, char32_t c) {
    const auto tail = [&](unsigned shift) {
        out += static_cast<char>(0x80 | ((c >> shift) & 0x3F));
    };
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | (c >> 6));
        tail(0);
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | (c >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | (c >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

Letters::Letters() : locale_(newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{})) {
    if (!locale_) throw std::runtime_error("the C library has no locale C.UTF-8");
}

bool Letters::is_letter_or_digit(char32_t c) const { return iswalnum_l(c, locale_.get()) != 0; }
bool Letters::is_blank(char32_t c) const { return iswspace_l(c, locale_.get()) != 0; }
char32_t Letters::lower(char32_t c) const { return towlower_l(c, locale_.get()); }

std::string Letters::lower(std::string_view text) const {
    std::string out;
    for (const char32_t c : decoded(text)) append(out, lower(c));
    return out;
}

}  // namespace plugin_sql
