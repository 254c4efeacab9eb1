// Handles: the part of a product's address that people read.
#include "handle.hpp"

#include <algorithm>
#include <string_view>

#include "sql/letters.hpp"

namespace catalogue {

using plugin_sql::append;
using plugin_sql::decoded;
using plugin_sql::Letters;

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
