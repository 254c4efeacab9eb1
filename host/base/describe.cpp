// Words by the type of the JSON value; quoting by the JSON writer, which escapes control
// characters.
#include "base/describe.hpp"

#include "base/json_text.hpp"

#include <gantry/json.hpp>

namespace gantry::host {

std::string in_quotes(std::string_view text) {
    constexpr std::size_t kLongest = 60;
    std::size_t end = text.size();
    if (end > kLongest) {
        end = kLongest;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    }
    std::string shown(text.substr(0, end));
    if (end < text.size()) shown += "…";
    return dumped(shown);
}

std::string describe(const json& value) {
    if (value.is_number()) return "a number (" + value.dump() + ")";
    if (value.is_boolean()) return value.dump();
    return kind_of(value);
}

std::string shown(const json& value) {
    return value.is_string() ? in_quotes(value.get_ref<const std::string&>()) : describe(value);
}

std::string kind_of(const json& value) {
    switch (value.type()) {
        case json::value_t::object:
            return "an object";
        case json::value_t::array:
            return "an array";
        case json::value_t::string:
            return "a string";
        case json::value_t::boolean:
            return "a boolean";
        case json::value_t::null:
            return "null";
        default:
            return "a number";
    }
}

}  // namespace gantry::host
