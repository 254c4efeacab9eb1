#include "protocol.hpp"

#include "mapping/decimal.hpp"

#include <algorithm>
#include <cctype>

namespace erp_odata {
namespace {

std::string in_small_letters(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

}  // namespace

std::unique_ptr<const Protocol> protocol_of(int version) {
    return version == 2 ? protocol_v2() : protocol_v4();
}

json canonical(const json& value, const Property& property) {
    if (!value.is_string() && !value.is_number_integer()) return value;
    const auto text = value.is_string() ? value.get<std::string>() : value.dump();
    if (property.is_decimal()) {
        if (const auto decimal = mapping::canonical_decimal(text)) return *decimal;
    }
    if (property.type == kGuid) return in_small_letters(text);
    if (property.is_integer()) {
        const auto number = json::parse(text, nullptr, false);
        if (number.is_number_integer()) return number;
    }
    return value;
}

std::string quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
    return out + "'";
}

std::string body_of(const Protocol& protocol, const EntityType& type, const json& values,
                    const std::string& more) {
    std::string out;
    for (const auto& [name, value] : values.items()) {
        const auto text = protocol.literal(value, type.properties.at(name));
        out += (out.empty() ? "" : ",") + json(name).dump() + ":" + text;
    }
    if (!more.empty()) out += (out.empty() ? "" : ",") + more;
    return "{" + out + "}";
}

}  // namespace erp_odata
