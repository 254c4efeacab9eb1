// OData V2: decimals and 64-bit integers are texts, dates are ticks, everything stands below "d".
#include "protocol.hpp"

#include "forms.hpp"

#include <charconv>

namespace erp_odata {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::sys_days;

constexpr std::string_view kBefore = "/Date(";
constexpr std::string_view kBehind = ")/";

// Of "/Date(1795564800000)/", or of one with minutes from UTC, "/Date(1795564800000+0060)/".
struct Ticks {
    milliseconds at{};
    minutes zone{};
};

std::optional<Ticks> ticks_of(const json& raw) {
    if (!raw.is_string()) return std::nullopt;
    std::string_view text = raw.get_ref<const std::string&>();
    if (!text.starts_with(kBefore) || !text.ends_with(kBehind)) return std::nullopt;
    text = text.substr(kBefore.size(), text.size() - kBefore.size() - kBehind.size());
    const auto* const end = text.data() + text.size();
    const auto number = [&](const char* from) {
        long long value = 0;
        const auto [rest, wrong] = std::from_chars(from, end, value);
        return std::pair(value, wrong == std::errc() ? rest : nullptr);
    };
    const auto [at, rest] = number(text.data());
    if (rest == end) return Ticks{milliseconds(at), {}};
    if (rest == nullptr || (*rest != '+' && *rest != '-')) return std::nullopt;
    const auto [zone, behind] = number(*rest == '+' ? rest + 1 : rest);
    return behind == end ? std::optional(Ticks{milliseconds(at), minutes(zone)}) : std::nullopt;
}

// Where it is; empty where no text of ours says it.
std::string day_in(const Ticks& ticks) {
    constexpr milliseconds kMost = days(4'000'000);
    if (ticks.at > kMost || ticks.at < -kMost) return "";
    if (ticks.zone > days(1) || ticks.zone < -days(1)) return "";
    return iso_of(sys_days(std::chrono::floor<days>(ticks.at + ticks.zone)));
}

std::string literal_of(sys_days day) {
    const milliseconds at = day.time_since_epoch();
    return json(std::string(kBefore) + std::to_string(at.count()) + std::string(kBehind)).dump();
}

class V2 : public Protocol {
public:
    std::string literal(const json& value, const Property& property) const override {
        if (property.is_day() && value.is_string()) {
            if (const auto day = day_of(value)) return literal_of(*day);
        }
        const bool texted = property.is_decimal() || property.type == "Edm.Int64";
        return texted && value.is_number() ? json(value.dump()).dump() : value.dump();
    }
    json value(const json& raw, const Property& property) const override {
        if (!property.is_day()) return canonical(raw, property);
        const auto day = shown(raw, property);
        const auto ticks = ticks_of(raw);
        const bool no_more =
            ticks && ticks->zone == minutes(0) && ticks->at % days(1) == milliseconds(0);
        return no_more ? day : raw;
    }
    json shown(const json& value, const Property& property) const override {
        const auto ticks = property.is_day() ? ticks_of(value) : std::nullopt;
        const auto day = ticks ? day_in(*ticks) : "";
        return day.empty() ? value : json(day);
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
