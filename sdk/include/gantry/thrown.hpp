// What a plugin threw that is no std::exception, in words: a text or a number is told.
#pragma once

#include <string>
#include <string_view>

namespace gantry::detail {

// What is handled as a number of one of these types; else nothing. In a catch block only.
template <typename Number, typename... Others>
std::string thrown_number() {
    try {
        throw;
    } catch (const Number& number) {
        return std::to_string(number);
    } catch (...) {
        if constexpr (sizeof...(Others) > 0) return thrown_number<Others...>();
        return {};
    }
}

/// In a catch block only.
inline std::string thrown_in_words() {
    std::string text;
    try {
        throw;
    } catch (const std::string& thrown) {
        text = thrown;
    } catch (std::string_view thrown) {
        text = thrown;
    } catch (const char* thrown) {
        text = thrown == nullptr ? "" : thrown;
    } catch (...) {
        text = thrown_number<int, long, long long, unsigned, unsigned long, unsigned long long,
                             short, unsigned short, double, float>();
    }
    return text.empty() ? "something that is no std::exception"
                        : text + " (thrown as it is, no std::exception)";
}

}  // namespace gantry::detail
