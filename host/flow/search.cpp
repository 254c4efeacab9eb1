// Each value is cut out of the input's text, which is not parsed.
#include "flow/search.hpp"

#include "base/utf8.hpp"

#include <gantry/json.hpp>

#include <algorithm>

namespace gantry::host {
namespace {

// The value as people write it; nothing where it is none to look for.
std::optional<std::string> plain(std::string_view value) {
    if (value.starts_with('{') || value.starts_with('[') || value == "null") return std::nullopt;
    std::string text =
        value.starts_with('"') ? json::parse(value).get<std::string>() : std::string(value);
    text.resize(utf8_prefix(text, kMaxFieldValue));
    return text;
}

}  // namespace

bool is_field_name(std::string_view name) {
    return !name.empty() && name.size() <= kMaxFieldName &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") ==
               std::string_view::npos;
}

std::vector<FieldRow> fields_of(const Definition& definition, std::string_view input) {
    std::vector<FieldRow> fields;
    for (const auto& field : definition.search) {
        try {
            if (auto value = plain(slice(input, field.path))) {
                fields.push_back({field.name, std::move(*value)});
            }
        } catch (const Error&) {  // there is no such place in this input
        }
    }
    return fields;
}

}  // namespace gantry::host
