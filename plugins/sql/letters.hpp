// Letters of any script, as the C library's own UTF-8 locale tells them, whatever locale the
// process has.
#pragma once

#include <clocale>

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace plugin_sql {

/// The characters of valid UTF-8.
std::u32string decoded(std::string_view text);

/// Appends `c` as UTF-8.
void append(std::string& out, char32_t c);

/// Thread-safe. Costs a look at the system's locales: make one, not one for each text.
class Letters {
public:
    Letters();

    bool is_letter_or_digit(char32_t c) const;
    bool is_blank(char32_t c) const;
    char32_t lower(char32_t c) const;
    /// `text`, valid UTF-8, in lower case.
    std::string lower(std::string_view text) const;

private:
    struct Free {
        void operator()(locale_t locale) const { freelocale(locale); }
    };
    std::unique_ptr<std::remove_pointer_t<locale_t>, Free> locale_;
};

}  // namespace plugin_sql
