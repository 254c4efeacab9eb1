// Handles: the part of a product's address that people read. Letters of any script are told by the
// C library's own UTF-8 locale, whatever locale the process has.
#include "handle.hpp"

#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <type_traits>

namespace catalogue {

namespace {

class Letters {
public:
    Letters() {
        if (!locale_) throw std::runtime_error("the C library has no locale C.UTF-8");
    }
    bool is_letter_or_digit(char32_t c) const { return iswalnum_l(c, locale_.get()) != 0; }
    bool is_blank(char32_t c) const { return iswspace_l(c, locale_.get()) != 0; }
    char32_t lower(char32_t c) const { return towlower_l(c, locale_.get()); }

private:
    struct Free {
        void operator()(locale_t locale) const { freelocale(locale); }
    };
    std::unique_ptr<std::remove_pointer_t<locale_t>, Free> locale_{
        newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{})};
};

// `text` is valid UTF-8: the JSON it came from was.
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

}  // namespace

std::string to_handle(const std::string& title) {
    const Letters letters;
    std::string handle;
    bool gap = false;
    for (const char32_t c : decoded(title)) {
        if (letters.is_blank(c) || c == U'_' || c == U'-') {
            gap = !handle.empty();
        } else if (letters.is_letter_or_digit(c)) {
            if (gap) handle += '-';
            gap = false;
            append(handle, letters.lower(c));
        }
    }
    return handle;
}

bool is_handle(const std::string& text) {
    const Letters letters;
    const auto characters = decoded(text);
    return !text.empty() && std::all_of(characters.begin(), characters.end(), [&](char32_t c) {
        return letters.is_letter_or_digit(c) ||
               std::u32string_view(U"-_.~").find(c) != std::u32string_view::npos;
    });
}

}  // namespace catalogue
