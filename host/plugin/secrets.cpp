// Schema and options are walked together; a form of a secret that is spelled otherwise is kept too.
#include "plugin/secrets.hpp"

#include "base/replaced.hpp"

#include <gantry/json.hpp>
#include <gantry/url.hpp>

#include <algorithm>
#include <set>

namespace gantry::host {
namespace {

constexpr std::size_t kShortest = 4;  // what is shorter stands in every other text
constexpr std::string_view kShown = "***";

std::string as_in_json(const std::string& text, bool ascii = false) {
    const auto quoted = json(text).dump(-1, ' ', ascii, json::error_handler_t::replace);
    return quoted.substr(1, quoted.size() - 2);
}

// "%2F" as "%2f".
std::string in_lower_case(std::string escaped) {
    for (std::size_t at = 0; (at = escaped.find('%', at)) != std::string::npos; ++at) {
        for (std::size_t i = at + 1; i < at + 3; ++i) {
            if (escaped[i] >= 'A' && escaped[i] <= 'F')
                escaped[i] = static_cast<char>(escaped[i] + 32);
        }
    }
    return escaped;
}

class Collector {
public:
    explicit Collector(const json& root) : root_(root) {}

    std::set<std::string> found;

    void walk(const json& schema, const json& value) {
        if (!schema.is_object()) return;
        if (schema.contains("$ref")) return walk(target(schema["$ref"]), value);
        if (schema.value("writeOnly", json()) == true) return take(value);
        for (const char* keyword : {"allOf", "anyOf", "oneOf"}) {
            for (const auto& one : schema.value(keyword, json::array())) walk(one, value);
        }
        if (value.is_object()) walk_members(schema, value);
        if (value.is_array()) walk_items(schema, value);
    }

private:
    const json& target(const json& reference) const {
        const std::string text = reference;
        return root_.at(json::json_pointer(text.substr(text.find('#') + 1)));
    }

    void walk_members(const json& schema, const json& value) {
        const auto known = schema.value("properties", json::object());
        for (const auto& [name, member] : value.items()) {
            if (known.contains(name)) {
                walk(known[name], member);
                continue;
            }
            walk(schema.value("additionalProperties", json()), member);
            for (const auto& one : schema.value("patternProperties", json::object())) {
                walk(one, member);
            }
        }
    }

    void walk_items(const json& schema, const json& value) {
        const auto items = schema.value("items", json());
        for (std::size_t i = 0; i < value.size(); ++i) {
            const bool listed = items.is_array() && i < items.size();
            walk(listed             ? items[i]
                 : items.is_array() ? schema.value("additionalItems", json())
                                    : items,
                 value[i]);
        }
    }

    void take(const json& value) {
        if (value.is_structured()) {
            for (const auto& part : value) take(part);
        }
        if (!value.is_string()) return;
        const auto& text = value.get_ref<const std::string&>();
        if (text.size() < kShortest) return;
        const auto escaped = url_escaped(text);
        found.insert({text, as_in_json(text), as_in_json(as_in_json(text)),
                      as_in_json(text, /*ascii=*/true), replaced(as_in_json(text), "/", "\\/"),
                      escaped, in_lower_case(escaped), replaced(escaped, "%20", "+")});
    }

    const json& root_;
};

}  // namespace

Secrets::Secrets(const json& schema, const json& options) {
    Collector collector(schema);
    collector.walk(schema, options);
    texts_.assign(collector.found.begin(), collector.found.end());
    std::stable_sort(texts_.begin(), texts_.end(),
                     [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Secrets::redact(std::string_view text) const {
    std::string out(text);
    for (const auto& secret : texts_) out = replaced(std::move(out), secret, kShown);
    return out;
}

json Secrets::redact_all(json value) const {
    if (texts_.empty()) return value;
    if (value.is_string()) return redact(value.get_ref<const std::string&>());
    if (value.is_array()) {
        for (auto& part : value) part = redact_all(std::move(part));
    }
    if (value.is_object()) {
        json out = json::object();
        for (auto& [name, member] : value.items()) {
            out[redact(name)] = redact_all(std::move(member));
        }
        return out;
    }
    return value;
}

}  // namespace gantry::host
