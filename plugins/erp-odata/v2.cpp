// OData V2: decimals and 64-bit integers are texts, dates are ticks, everything stands below "d".
#include "protocol.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace erp_odata {
namespace {

constexpr long long kMillis = 1000;

// "2026-11-25" of "/Date(1795564800000)/".
json date_of(const json& raw) {
    long long ticks = 0;
    if (!raw.is_string() ||
        std::sscanf(raw.get_ref<const std::string&>().c_str(), "/Date(%lld", &ticks) != 1) {
        return raw;
    }
    const auto seconds = static_cast<std::time_t>(ticks / kMillis - (ticks % kMillis < 0 ? 1 : 0));
    std::tm at{};
    std::array<char, 40> text{};
    gmtime_r(&seconds, &at);
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", at.tm_year + 1900, at.tm_mon + 1,
                  at.tm_mday);
    return text.data();
}

std::string ticks_of(const std::string& date) {
    std::tm at{};
    if (std::sscanf(date.c_str(), "%4d-%2d-%2d", &at.tm_year, &at.tm_mon, &at.tm_mday) != 3) {
        throw gantry::Error(GANTRY_E_REJECTED,
                            "found date " + json(date).dump() + ", expected one as \"2026-11-25\"",
                            GANTRY_EF_NOT_APPLIED);
    }
    at.tm_year -= 1900;
    at.tm_mon -= 1;
    return R"("/Date()" + std::to_string(timegm(&at) * kMillis) + R"()/")";
}

class V2 : public Protocol {
public:
    std::string literal(const json& value, const Property& property) const override {
        if (property.type == "Edm.DateTime" && value.is_string()) return ticks_of(value);
        const bool texted = property.is_decimal() || property.type == "Edm.Int64";
        return texted && value.is_number() ? json(value.dump()).dump() : value.dump();
    }
    json value(const json& raw, const Property& property) const override {
        return property.type == "Edm.DateTime" ? date_of(raw) : canonical(raw, property);
    }
    std::string key_literal(const json& value, const Property& property) const override {
        if (!value.is_string()) return value.dump();
        return (property.type == "Edm.Guid" ? "guid" : "") + quoted(value);
    }

    json entity(const json& answer) const override {
        const auto d = below(answer);
        return d.is_object() && !d.contains("results") ? d : json();
    }
    // A service of version 1 has the array itself.
    json entities(const json& answer) const override {
        const auto d = below(answer);
        return d.is_object() ? d.value("results", json()) : d;
    }
    std::string next(const json& answer) const override {
        const auto d = below(answer);
        const auto link = d.is_object() ? d.value("__next", json()) : json();
        return link.is_string() ? link.get<std::string>() : "";
    }
    std::string etag(const json& entity) const override {
        const auto meta = entity.value("__metadata", json::object());
        const auto tag = meta.is_object() ? meta.value("etag", json()) : json();
        return tag.is_string() ? tag.get<std::string>() : "";
    }
    json children(const json& entity, const std::string& navigation) const override {
        const auto found = entity.value(navigation, json::array());
        return found.is_object() ? found.value("results", json::array()) : found;
    }
    std::string children_text(const std::string& text) const override {
        return R"({"results":[)" + text + "]}";
    }
    std::string selection(const std::string& properties,
                          const std::string& navigation) const override {
        if (navigation.empty()) return "$select=" + properties;
        return "$select=" + properties + "," + navigation + "&$expand=" + navigation;
    }

private:
    static json below(const json& answer) {
        return answer.is_object() ? answer.value("d", json()) : json();
    }
};

}  // namespace

std::unique_ptr<const Protocol> protocol_v2() { return std::make_unique<V2>(); }

}  // namespace erp_odata
